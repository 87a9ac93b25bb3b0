import { spawn } from 'node:child_process';

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  // Its first argument is the window's title.
  win32: ['cmd', '/c', 'start', ''],
};

/** Asks the desktop to open an address; where there is none, or it cannot, nothing happens: the address is shown anyway. */
export function openBrowser(address: string, platform: NodeJS.Platform = process.platform): void {
  const [program = '', ...args] = OPENERS[platform] ?? ['xdg-open'];
  // The command line of Windows would take an ampersand for its own.
  const shown = platform === 'win32' ? address.replaceAll('&', '^&') : address;
  const child = spawn(program, [...args, shown], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
