import { spawn } from 'node:child_process';

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  // Its first argument is the window's title.
  win32: ['cmd', '/c', 'start', ''],
};

/**
 * Asks the desktop to open an address. Where there is none, or it cannot, `failed` is called and nothing else happens:
 * the address is to be shown anyway.
 */
export function openBrowser(address: string, failed: () => void = () => undefined): void {
  const { platform } = process;
  const [program = '', ...args] = OPENERS[platform] ?? ['xdg-open'];
  // The command line of Windows would take an ampersand for its own.
  const shown = platform === 'win32' ? address.replaceAll('&', '^&') : address;
  const child = spawn(program, [...args, shown], { stdio: 'ignore', detached: true });
  child.on('error', failed);
  child.on('exit', (code) => {
    if (code !== 0) failed();
  });
  child.unref();
}
