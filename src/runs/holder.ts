import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names this process so that it is never taken for a later one with the same number. */
export function thisHolder(): string {
  return [hostname(), process.pid, startOf(process.pid) ?? '-'].join('/');
}

/** Whether the process that a holder names runs on: `unknown` for one on another machine. */
export function isAlive(holder: string): boolean | 'unknown' {
  const [host, pid, start] = holder.split('/');
  if (host !== hostname()) return 'unknown';
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // EPERM: it is there, and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return (startOf(Number(pid)) ?? '-') === start;
}

/** When a process was started, in the kernel's ticks since boot with the boot's own id; absent where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in brackets, may contain anything.
    const ticks = line.slice(line.lastIndexOf(')') + 2).split(' ')[19];
    return ticks && `${boot}-${ticks}`;
  } catch {
    return undefined;
  }
}
