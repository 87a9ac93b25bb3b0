import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Where Debian and others put it; `CHROMIUM` names another. */
const PLACES = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const chromiumPath = PLACES.find((place) => place !== '' && existsSync(place));

/** False where there is no Chromium: these tests are skipped then, and say so. */
export const inBrowser = chromiumPath !== undefined;
if (!inBrowser) process.stderr.write('No Chromium is installed: what the page does in a browser is not tested.\n');

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath ?? '',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

export interface Visit {
  readonly page: Page;
  /** What the page complained of: errors of scripts, of its policy, and requests to other hosts. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** A browser of its own kind, with nothing remembered, at an address. */
export async function visit(browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', acceptDownloads: true, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const { host } = new URL(address);
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.host !== host) complaints.push(`request to ${url.host}`);
  });
  await page.goto(address);
  return { page, complaints, close: () => context.close() };
}

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

/** Nothing was refused by the page's policy, nothing broke, nobody else was asked. */
export const expectNoComplaint = ({ complaints }: Visit): void => {
  if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join('; ')}`);
};
