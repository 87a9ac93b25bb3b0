import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** The usual paths; `CHROMIUM` is used first. */
const PLACES = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const chromiumPath = PLACES.find((place) => place !== '' && existsSync(place));

/** False if Chromium is not installed: these tests are then skipped, with a message. */
export const inBrowser = chromiumPath !== undefined;
if (!inBrowser) process.stderr.write('Chromium is not installed: the page is not tested in a browser.\n');

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
  /** Script errors, violations of the content security policy, and requests to other hosts. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Opens an address in a new browser context without cookies. */
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

/** Throws if there were script errors, policy violations or requests to other hosts. */
export const expectNoComplaint = ({ complaints }: Visit): void => {
  if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join('; ')}`);
};
