import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** When this process was started, if the kernel does not say: enough to tell it from a later one. */
const STARTED = `t${Math.round(performance.timeOrigin)}`;

/** Names this process so that it is never confused with another one, later or elsewhere, with the same number. */
export function thisHolder(): string {
  self ??= [hostname(), process.pid, startOf(process.pid) ?? STARTED].join('/');
  return self;
}

let self: string | undefined;

/** Whether the process that a holder names is alive: `unknown` if that cannot be seen from here. */
export function isAlive(holder: string): boolean | 'unknown' {
  const [host, pid, start = '-'] = holder.split('/');
  if (host !== hostname()) return 'unknown';
  // Another machine of the same name, another container, or this machine before it was restarted.
  const boot = thisBoot();
  if (start !== '-' && boot !== undefined && !start.startsWith(`${boot}-`)) return 'unknown';
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // EPERM: it exists, and belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const found = startOf(Number(pid));
  return found === undefined || start === '-' ? 'unknown' : found === start;
}

/** Process numbers are unique within this: a start of the machine, and a container. */
function thisBoot(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    const space = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
    return `${boot}.${space}`;
  } catch {
    return undefined;
  }
}

/** When a process was started: the boot and the kernel's ticks since then; undefined if there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in brackets, may contain anything.
    const ticks = line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
    const boot = thisBoot();
    return ticks && boot && `${boot}-${ticks}`;
  } catch {
    return undefined;
  }
}
