import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { systemClock } from '../../src/clock.ts';
import { Changes } from '../../src/console/changes.ts';
import { ConsoleServer } from '../../src/console/console-server.ts';
import { aConsoleOfManyStates } from '../../test/support/console-fixture.ts';
import { useBrowser } from '../browser.ts';

/** Where they go: `make pictures`. Other runs do not come here (jest.config.js). */
const folder = process.env['PICTURES'] ?? '';

let server: ConsoleServer | undefined;
const origin = (): string => `http://127.0.0.1:${server?.port ?? 0}`;
const openTab = useBrowser(origin);

beforeAll(async () => {
  server = await ConsoleServer.listen({
    ...{ address: '127.0.0.1', port: 0, token: undefined, clock: systemClock },
    ...{ reads: aConsoleOfManyStates(), changes: new Changes(), isReady: () => true },
    onFailure: (path, thrown) => {
      throw new Error(path, { cause: thrown });
    },
  });
});

afterAll(() => server?.close());

const low = { viewport: { width: 1280, height: 700 } };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const pictures: readonly (readonly [string, string, BrowserContextOptions])[] = [
  ['console-overview.png', '/console', {}],
  ['console-overview-dark.png', '/console', { colorScheme: 'dark' }],
  ['console-volumes.png', '/console/volumes?sort=-createdAtMs', low],
  [
    'console-volumes-dark.png',
    '/console/volumes?sort=-createdAtMs',
    { ...low, colorScheme: 'dark' },
  ],
  ['console-overview-phone.png', '/console', phone],
  ['console-volumes-phone.png', '/console/volumes?sort=-createdAtMs', phone],
];

describe('pictures of the status page for the docs', () => {
  it.each(pictures)('%s', async (name, path, options) => {
    const { page } = await openTab(options);
    const file = join(folder, name);
    mkdirSync(folder, { recursive: true });

    await page.goto(origin() + path);
    await page.locator('#live[data-state=live]').waitFor({ state: 'visible' });
    await page.screenshot({ path: file });

    expect(statSync(file).size).toBeLessThan(200_000);
  });
});
