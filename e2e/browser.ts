import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

/** Chromium with a profile of its own, which talks to nobody but the pages that it is sent to. */
const flags: readonly string[] = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** Debian's (e2e/bench/packages.txt). */
const executablePath = '/usr/bin/chromium';

/** Reported by pages whose policy refused something: a page is told of it before its own scripts run. */
const tellViolations =
  "addEventListener('securitypolicyviolation', (event) => " +
  "console.error('refused by policy: ' + event.violatedDirective + ' ' + event.blockedURI));";

export interface Tab {
  readonly page: Page;
  /** Errors and warnings of its console, errors of its scripts, requests to elsewhere. */
  readonly troubles: string[];
}

type OpenTab = (options?: BrowserContextOptions) => Promise<Tab>;

/** A real browser for all tests of a file. After each test its tabs are closed; none may have had trouble. */
export function useBrowser(origin: () => string): OpenTab {
  let browser: Browser | undefined;
  const tabs: Tab[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: [...flags], timeout: 60_000 });
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
  }, 30_000);
  afterEach(async () => {
    const closed = tabs.splice(0);
    await Promise.all(closed.map(({ page }) => page.context().close()));
    expect(closed.flatMap(({ troubles }) => troubles)).toEqual([]);
  });
  return async (options = {}) => {
    if (browser === undefined) throw new Error('the browser is not there');
    const context = await browser.newContext({
      viewport: { width: 1280, height: 860 },
      ...options,
    });
    const tab = { page: await context.newPage(), troubles: [] };
    if (options.javaScriptEnabled !== false) await context.addInitScript(tellViolations);
    watch(tab, origin());
    tabs.push(tab);
    return tab;
  };
}

function watch({ page, troubles }: Tab, origin: string): void {
  page.setDefaultTimeout(20_000);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:'))
      troubles.push(`asked for ${url}`);
  });
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** What axe-core finds wrong with the page by WCAG 2.2 AA and its best practices. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const require = createRequire(import.meta.url);
  const source = require.resolve('axe-core/axe.min.js');
  await page.evaluate(`${readFileSync(source, 'utf8')};0`);
  const { violations } = await page.evaluate<AxeResult>(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  return violations.map(({ id, help, nodes }) => {
    const where = nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary ?? ''}`);
    return `${id}: ${help}: ${where.join('; ')}`;
  });
}
