import { describe, expect, it } from '@jest/globals';
import {
  aHostView,
  aPoolView,
  aRowOf,
  aSummary,
  aVolumeView,
  nowMs,
} from '../../../test/support/console-views.ts';
import { hostileValues } from '../../../test/support/hostile.ts';
import type { Page, PageQuery, Tables, VolumeView } from '../../overview/views.ts';
import type { TableName } from '../reads.ts';
import { looks } from './looks.ts';
import { overviewPage, problemPage, tablePage, volumePage } from './pages.ts';

const names = Object.keys(looks) as TableName[];
const query: PageQuery = { page: 1, pageSize: 50 };
const summary = aSummary();

function pageOf<T>(items: readonly T[], more: Partial<Page<T>> = {}): Page<T> {
  return { items, total: items.length, page: 1, pageSize: 50, ...more };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Every page there is, of rows that were changed. */
function allPages(change: <T>(row: T) => T): string[] {
  const rows = <N extends TableName>(name: N): Page<Tables[N]> => pageOf([change(aRowOf[name]())]);
  const world = { summary: change(summary), query };
  return [
    overviewPage(world, {
      ...{ hosts: rows('hosts'), pools: rows('pools'), waiting: rows('waiting') },
      ...{ findings: rows('findings'), events: rows('events') },
    }),
    ...names.map((name) => tablePage(world, name, rows(name))),
    volumePage(world, {
      ...change(aVolumeView()),
      events: rows('events').items,
      findings: rows('findings').items,
    }),
    problemPage(world.summary, change({ status: 400, error: 'Bad', problems: ['sort is "x"'] })),
  ];
}

/** The same, with all texts another one, but for those that can be one of few words only. */
function withTexts<T>(value: T, text: string, field = ''): T {
  const isOneOfFew = ['kind', 'state', 'type', 'drift', 'instance'].includes(field);
  if (typeof value === 'string') return isOneOfFew ? value : (text as T);
  if (Array.isArray(value)) return value.map((each) => withTexts<unknown>(each, text, field)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, withTexts<unknown>(each, text, key)]),
  ) as T;
}

/** The tags of a page, one after the other. Throws when an attribute is not quoted, or a tag is not closed. */
function tagsOf(page: string): string[] {
  const alone = ['meta', 'link', 'input', 'rect'];
  const tags: string[] = [];
  const open: string[] = [];
  for (const [tag, slash = '', name = '', attributes = ''] of page.matchAll(
    /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"]*")?)*)\s*\/?>/g,
  )) {
    tags.push(`${slash}${name}`);
    if (slash === '/' && open.pop() !== name) throw new Error(`${tag} closes another one`);
    if (slash !== '/' && !alone.includes(name)) open.push(name);
    const unquoted = attributes.replaceAll(/"[^"]*"/g, '');
    if (/\s(style|on[a-z]+)\b/.test(unquoted)) throw new Error(`${tag} has a style or script`);
  }
  expect(open).toEqual([]);
  expect(page.replace('<!doctype html>', '').match(/</g)).toHaveLength(tags.length);
  return tags;
}

describe('every page', () => {
  it('is made of tags that are closed and attributes that are quoted, without styles or scripts within', () => {
    for (const page of allPages((row) => row)) {
      const tags = tagsOf(page);

      expect(tags.filter((tag) => tag === 'script')).toHaveLength(1);
      expect(tags).not.toContain('style');
      expect(page).not.toMatch(/(src|href|action)="(?!\/console|#main|data:image\/svg\+xml,)/);
    }
  });

  it.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    '</td>',
    ...hostileValues,
  ])('has the same tags whatever anything is called: %j', (text) => {
    const usual = allPages((row) => withTexts(row, 'x')).map(tagsOf);

    const pages = allPages((row) => withTexts(row, text));

    expect(pages.map(tagsOf)).toEqual(usual);
  });

  it('has one first heading, a skip link, landmarks and the place where one is', () => {
    for (const page of allPages((row) => row)) {
      expect(page.match(/<h1>/g)).toHaveLength(1);
      expect(page).toMatch(/<a class="skip" href="#main">/);
      expect(page).toMatch(/<main id="main"/);
      expect(page).toMatch(/<html lang="en">/);
    }
    const page = tablePage({ summary, query }, 'volumes', pageOf([]));
    expect(page).toMatch(/<a href="\/console\/volumes" aria-current="page">/);
  });
});

describe('the page of a table', () => {
  const volumesPage = (asked: Partial<PageQuery>, more: Partial<Page<VolumeView>> = {}): string =>
    tablePage(
      { summary, query: { ...query, ...asked } },
      'volumes',
      pageOf([aVolumeView()], { total: 230, ...asked, ...more }),
    );

  it('is sorted by following the titles of its columns, figures from the largest', () => {
    const page = volumesPage({ search: 'a b', page: 3 });

    expect(page).toContain('href="/console/volumes?search=a+b&amp;sort=claim"');
    expect(page).toContain('href="/console/volumes?search=a+b&amp;sort=-usedBytes"');
    expect(page).not.toMatch(/aria-sort="(a|de)scending"/);
  });

  it('says by what it is sorted, and turns it round', () => {
    const page = volumesPage({ sort: '-usedBytes' });

    expect(page).toMatch(/aria-sort="descending"\s*>\s*<a\s[^>]*sort=usedBytes"/);
    expect(page).toMatch(/<option value="-usedBytes" selected>/);
  });

  it('says of ages that the youngest are first when the latest moments are', () => {
    const page = volumesPage({ sort: '-createdAtMs' });

    expect(page).toMatch(/aria-sort="ascending"\s*>\s*<a\s[^>]*>Age</);
    expect(page).toContain('<option value="-createdAtMs" selected>Age, ascending</option>');
  });

  it('leads to the other pages, and keeps what was asked', () => {
    const page = volumesPage({ page: 3, namespace: 'shop', sort: 'claim' });
    const address = '/console/volumes?namespace=shop&amp;sort=claim';

    expect(page).toContain('101–101 of 230');
    expect(page).toContain('page 3 of 5');
    expect(page).toContain(`<a href="${address}">First</a>`);
    expect(page).toContain(`<a href="${address}&amp;page=2">Previous</a>`);
    expect(page).toContain(`<a href="${address}&amp;page=4">Next</a>`);
    expect(page).toContain(`<a href="${address}&amp;page=5">Last</a>`);
  });

  it('leads back from a page that is not there', () => {
    const page = volumesPage({ page: 99 }, { items: [] });

    expect(page).toContain('There is no page 99.');
    expect(page).toContain('<a href="/console/volumes?page=5">Previous</a>');
    expect(page).toContain('<span class="off">Next</span>');
  });

  it('keeps in its form what was asked, also a namespace that no claim is in', () => {
    const page = volumesPage({ search: '"x"', namespace: 'gone', pageSize: 30 });

    expect(page).toMatch(/name="search"\s+value="&quot;x&quot;"/);
    expect(page).toContain('<option value="gone" selected>gone</option>');
    expect(page).toContain('<option value="30" selected>30</option>');
    expect(page).toContain('<option value="shop">shop</option>');
  });

  it('has no namespaces to choose from where rows are of none', () => {
    const page = tablePage({ summary, query }, 'hosts', pageOf([aHostView()]));

    expect(page).not.toContain('name="namespace"');
  });

  it.each(names)('of %s says what would be in it', (name) => {
    const page = tablePage({ summary, query }, name, pageOf<Tables[typeof name]>([]));

    expect(page).toContain(looks[name].empty);
  });

  it('says so when nothing is like what was asked', () => {
    const page = volumesPage({ search: 'x' }, { items: [], total: 0 });

    expect(page).toContain('No volumes are like that.');
    expect(page).not.toContain(looks.volumes.empty);
  });
});

describe('a replica that stands by', () => {
  const world = { summary: aSummary({ isLeader: false, replica: 'b', leader: 'a' }), query };

  it('says who leads, and counts only what it knows', () => {
    const here = { leader: 'a' };
    const [hosts, pools, waiting, findings, events] = [here, here, here, here, here];

    const page = overviewPage(world, { hosts, pools, waiting, findings, events });

    expect(page).toContain('Hosts, Pools, Waiting, Findings, Events: only the replica that leads');
    expect(page).toContain('<strong><bdi>a</bdi></strong> leads');
    expect(page).toMatch(/<span class="many">–<\/span> Waiting/);
  });

  it('shows no table that it does not know', () => {
    const page = tablePage(world, 'trash', { leader: undefined });

    expect(page).toContain('No replica leads at the moment');
    expect(page).not.toContain('<table');
  });
});

describe('rows', () => {
  it('of hosts tell how they are', () => {
    const host = aHostView({
      ...{ state: 'given-up', isConnected: false, retryAtMs: nowMs + 30_000 },
      ...{ lastFailure: 'connect ETIMEDOUT', hung: [{ pool: '*', commands: 2 }] },
    });

    const page = tablePage({ summary, query }, 'hosts', pageOf([host]));

    expect(page).toContain('given up');
    expect(page).toMatch(/tried again <time [^>]*>in 30 s</);
    expect(page).toContain('connect ETIMEDOUT');
    expect(page).toContain('surveys');
  });

  it('of pools say in words that they are not well', () => {
    const pools = [
      aPoolView({ health: 'SUSPENDED', sizeBytes: 100, allocatedBytes: 95 }),
      aPoolView({ pool: 'b', health: 'DEGRADED' }),
    ];

    const page = tablePage({ summary, query }, 'pools', pageOf(pools));

    expect(page).toContain('<span class="mark mark-bad">SUSPENDED</span>');
    expect(page).toContain('<span class="mark mark-warn">DEGRADED</span>');
    expect(page).toContain('above 90 %');
  });

  it('of volumes whose claim is hidden are called by the volume', () => {
    const volume: Partial<Mutable<VolumeView>> = { ...aVolumeView({ volume: 'pvc-1' }) };
    delete volume.claim;
    delete volume.namespace;

    const page = tablePage({ summary, query }, 'volumes', pageOf([volume as VolumeView]));

    expect(page).toContain('<a href="/console/volumes/pvc-1"><code><bdi>pvc-1</bdi></code></a>');
  });
});

describe('a page that cannot be shown', () => {
  it('tells every problem', () => {
    const problems = ['sort is "x"', 'page is "0"'];

    const page = problemPage(summary, { status: 400, error: 'that cannot be', problems });

    expect(page).toContain('<h1>That cannot be</h1>');
    for (const problem of problems) expect(page).toContain(problem.replaceAll('"', '&quot;'));
  });

  it('tells nothing of what is served to whoever may not know', () => {
    const page = problemPage(undefined, { status: 401, error: 'a token is needed' });

    expect(page).not.toContain(summary.replica);
    expect(page).not.toContain('data-stream');
  });
});
