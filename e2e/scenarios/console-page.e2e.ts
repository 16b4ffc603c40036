import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { findFreePort } from '../bench/machine/free-port.ts';
import { eventually } from '../bench/eventually.ts';
import { accessibilityFaults, useBrowser } from '../browser.ts';
import { createClaims, numbered, untilAllBound } from '../many-claims.ts';
import { useStage } from '../stage.ts';

const port = await findFreePort('127.0.0.1');
const origin = `http://127.0.0.1:${port}`;
const consoleEnv = {
  ZFS_CONSOLE_PORT: String(port),
  ZFS_CONSOLE_ADDR: '127.0.0.1',
  ZFS_CONSOLE_AUTH: 'none',
};

const stage = useStage({ env: consoleEnv, classes: [{ name: 'nfs' }] });
const openTab = useBrowser(() => origin);

const tablePaths = ['volumes', 'waiting', 'findings', 'events', 'trash', 'hosts', 'pools'].map(
  (name) => `/console/${name}`,
);
const claimNames = numbered('orders', 6);
let volumePath = '';

beforeAll(async () => {
  await createClaims(stage(), claimNames, 'nfs');
  await untilAllBound(stage(), claimNames);
  // What a class is called, and what is wrong with it, is told in an event.
  const parameters = { type: '"><img src=x><script>hacked</script>' };
  await stage().createClass('hostile', { parameters });
  await stage().createClaim({ name: 'refused', className: 'hostile' });
  await stage().untilEvent('refused', 'ProvisioningFailed');
  volumePath = `/console/volumes/${await stage().volumeNameFor('orders-1')}`;
}, 120_000);

const rowsOf = (page: Page, table = 'volumes'): Promise<string[]> =>
  page.locator(`.table-${table} tbody tr`).allInnerTexts();

const firstCells = (page: Page): Promise<string[]> =>
  page.locator('.table-volumes tbody th').allInnerTexts();

const isWide = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');

const focusedText = (page: Page): Promise<string> =>
  page.evaluate('document.activeElement.innerText');

/** Of pages that look different. */
const lookedAt = (): string[] => ['/console', '/console/volumes', '/console/waiting', volumePath];

const untilLive = (page: Page): Promise<void> =>
  page.locator('#live[data-state=live]').waitFor({ state: 'visible' });

describe('without scripts', () => {
  const withoutScripts = { javaScriptEnabled: false };

  it('the overview tells of hosts, pools, what waits and what happened', async () => {
    const { page } = await openTab(withoutScripts);

    await page.goto(`${origin}/console`);

    const [host = ''] = await rowsOf(page, 'hosts');
    expect(host).toMatch(/^storage-1\s+answers/);
    expect((await rowsOf(page, 'pools'))[0]).toMatch(/storage-1.* %\s.* of .*available/s);
    expect((await rowsOf(page, 'waiting')).join()).toMatch(/refused/);
    expect((await rowsOf(page, 'events')).join()).toMatch(/ProvisioningSucceeded/);
    expect(await page.locator('.counts').innerText()).toMatch(/6\s+Volumes/);
  });

  it('tables are sorted by the titles of their columns', async () => {
    const { page } = await openTab(withoutScripts);
    await page.goto(`${origin}/console/volumes`);

    await page.getByRole('link', { name: 'Claim', exact: true }).click();
    expect(await firstCells(page)).toEqual(claimNames);
    await page.getByRole('link', { name: 'Claim', exact: true }).click();

    expect(await firstCells(page)).toEqual(claimNames.toReversed());
    expect(await page.getByRole('columnheader', { name: 'Claim' }).getAttribute('aria-sort')).toBe(
      'descending',
    );
  });

  it('a form searches and filters by namespace, and keeps the order', async () => {
    const { page } = await openTab(withoutScripts);
    await page.goto(`${origin}/console/volumes?sort=-claim`);

    await page.getByLabel('Search').fill('ORDERS-3');
    await page.getByLabel('Namespace').selectOption('default');
    await page.getByRole('button', { name: 'Show' }).click();

    expect(await firstCells(page)).toEqual(['orders-3']);
    expect(page.url()).toContain('sort=-claim');
    await page.getByRole('link', { name: 'Show all' }).click();
    expect(await firstCells(page)).toHaveLength(6);
  });

  it('links lead from page to page', async () => {
    const { page } = await openTab(withoutScripts);
    await page.goto(`${origin}/console/volumes?sort=claim&pageSize=2`);
    const follow = async (name: string): Promise<string[]> => {
      await page.getByRole('link', { name, exact: true }).click();
      return firstCells(page);
    };

    expect(await follow('Next')).toEqual(['orders-3', 'orders-4']);
    expect(await follow('Last')).toEqual(['orders-5', 'orders-6']);
    expect(await page.locator('.paging').innerText()).toContain('5–6 of 6');
    expect(await follow('Previous')).toEqual(['orders-3', 'orders-4']);
    expect(await follow('First')).toEqual(['orders-1', 'orders-2']);
  });

  it('a volume has a page of its own', async () => {
    const { page } = await openTab(withoutScripts);
    await page.goto(`${origin}/console/volumes?search=orders-1`);

    await page.getByRole('link', { name: 'orders-1', exact: true }).click();

    const dataset = await page.locator('.facts').innerText();
    expect(page.url()).toBe(origin + volumePath);
    expect(dataset).toContain(`${stage().host.parentDataset}/pvc-`);
    expect((await rowsOf(page, 'events')).join()).toContain('ProvisioningSucceeded');
  });
});

describe('with scripts', () => {
  it('a claim that is bound appears, while focus, typed text, selection and place stay', async () => {
    const { page } = await openTab({ viewport: { width: 1280, height: 300 } });
    await page.goto(`${origin}/console/volumes?sort=claim`);
    await untilLive(page);
    await page.getByLabel('Search').pressSequentially('half typ');
    const before = await page.evaluate<number>(`(() => {
      window.isTheSame = true;
      scrollTo(0, 40);
      getSelection().selectAllChildren(document.querySelector('.table-volumes tbody tr'));
      document.querySelector('input[type=search]').focus({ preventScroll: true });
      return scrollY;
    })()`);

    await stage().provision({ name: 'orders-new', className: 'nfs' });
    await page.getByRole('link', { name: 'orders-new' }).waitFor({ state: 'visible' });

    const after = await page.evaluate(`({
      isTheSame: window.isTheSame,
      typed: document.querySelector('input[type=search]').value,
      focused: document.activeElement.name,
      scrolled: scrollY,
      selected: getSelection().toString().includes('orders-1'),
      many: document.querySelector('.places [href="/console/volumes"] .many').innerText,
    })`);
    const wanted = { isTheSame: true, typed: 'half typ', focused: 'search', many: '7' };
    expect(after).toEqual({ ...wanted, scrolled: before, selected: true });
  });

  it('a link that is focused stays so when rows come above it', async () => {
    const { page } = await openTab({ reducedMotion: 'reduce' });
    await page.goto(`${origin}/console/volumes?sort=claim`);
    await untilLive(page);
    await page.getByRole('link', { name: 'orders-6' }).focus();

    await stage().provision({ name: 'a-first', className: 'nfs' });
    await page.getByRole('link', { name: 'a-first' }).waitFor({ state: 'visible' });

    expect(await focusedText(page)).toBe('orders-6');
    expect((await firstCells(page))[0]).toBe('a-first');
  });

  it('says when it is not connected any more, and goes on when it is again', async () => {
    const { page, troubles } = await openTab();
    await page.goto(`${origin}/console`);
    await untilLive(page);

    await stage().provisioner.stop();
    await page.getByText(/^not connected, last update /).waitFor({ state: 'visible' });
    stage().provisioner = await stage().installation.start(consoleEnv);

    await untilLive(page);
    await eventually('the page is up to date', async () =>
      (await rowsOf(page, 'hosts')).some((row) => /^storage-1\s+answers/.test(row)),
    );
    // That nobody listened is what was tried.
    expect(troubles.filter((each) => !/ERR_|503/.test(each))).toEqual([]);
    troubles.length = 0;
  });
});

describe('every page', () => {
  it('keeps to its policy, asks nobody else, and shows hostile texts as they are', async () => {
    const { page } = await openTab();

    for (const path of ['/', '/console', ...tablePaths, volumePath]) {
      await page.goto(origin + path);
      await untilLive(page);
      expect(await page.locator('h1').count()).toBe(1);
    }
    await page.goto(`${origin}/console/waiting`);
    expect((await rowsOf(page, 'waiting')).join()).toContain('<script>hacked</script>');
    expect(await page.locator('main img').count()).toBe(0);
  });

  it.each(['light', 'dark'] as const)('is accessible, %s', async (colorScheme) => {
    const { page } = await openTab({ colorScheme });
    const faults: string[] = [];

    for (const path of lookedAt()) {
      await page.goto(origin + path);
      faults.push(...(await accessibilityFaults(page)));
    }

    expect(faults).toEqual([]);
    const ground = await page.evaluate<string>(
      'getComputedStyle(document.documentElement).backgroundColor',
    );
    expect(ground).toBe(colorScheme === 'dark' ? 'rgb(15, 19, 23)' : 'rgb(244, 246, 248)');
  });

  it.each([390, 360])('fits a phone of %d pixels, rows as cards', async (width) => {
    const { page } = await openTab({
      ...{ viewport: { width, height: 844 }, isMobile: true, hasTouch: true },
    });
    const tooWide: string[] = [];

    for (const path of ['/console', ...tablePaths, volumePath]) {
      await page.goto(origin + path);
      if (await isWide(page)) tooWide.push(path);
    }

    expect(tooWide).toEqual([]);
    await page.goto(`${origin}/console/volumes`);
    expect(
      await page.evaluate("getComputedStyle(document.querySelector('tbody tr')).display"),
    ).toBe('block');
    await page.getByLabel('Sort by').selectOption('-claim');
    await page.getByRole('button', { name: 'Show' }).click();
    expect((await firstCells(page)).slice(0, 2)).toEqual(['orders-new', 'orders-6']);
  });

  it('can be used with the keyboard alone', async () => {
    const { page } = await openTab();
    await page.goto(`${origin}/console/volumes`);

    await page.keyboard.press('Tab');
    expect(await focusedText(page)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('orders-2');
    await page.keyboard.press('Enter');
    await page.waitForURL(/search=orders-2/);
    await page.getByRole('link', { name: 'orders-2' }).waitFor({ state: 'visible' });

    const walked: string[] = [];
    for (let steps = 0; steps < 60 && walked.at(-1) !== 'orders-2'; steps++) {
      await page.keyboard.press('Tab');
      walked.push(await focusedText(page));
    }
    expect(walked).toEqual(expect.arrayContaining(['Overview', 'Claim', 'orders-2']));
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).toBe('solid');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/console\/volumes\/pvc-/);
  });
});
