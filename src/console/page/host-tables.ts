import { hostTable, poolTable } from '../../overview/tables.ts';
import type { HostView, ParentView, PoolView } from '../../overview/views.ts';
import { tableAddress } from './addresses.ts';
import { age, count, due, latency, none, size, unknown } from './figures.ts';
import { fillBar } from './fill-bar.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { TableLook } from './look.ts';
import type { Tone } from './words.ts';
import { aside, code, mark, text } from './words.ts';

export const hosts: TableLook<'hosts'> = {
  name: 'hosts',
  title: 'Hosts',
  caption: 'Storage hosts, whether they answer, and what runs on them',
  columns: [
    { title: 'Host', field: 'host', cell: ({ host }) => text(host) },
    { title: 'State', field: 'state', cell: state },
    {
      title: 'Latency',
      field: 'latencyMs',
      kind: 'figure',
      cell: ({ latencyMs }) => latency(latencyMs),
    },
    {
      title: 'Running',
      field: 'running',
      kind: 'figure',
      cell: ({ running }) => html`${count(running)}`,
    },
    {
      title: 'Queued',
      field: 'queued',
      kind: 'figure',
      cell: ({ queued }) => html`${count(queued)}`,
    },
    { title: 'Hung', field: 'hung', kind: 'amount', cell: hung },
    {
      title: 'Volumes',
      field: 'volumes',
      kind: 'figure',
      cell: ({ host, volumes }) =>
        html`<a href="${tableAddress('volumes', { search: host })}">${count(volumes)}</a>`,
    },
    {
      title: 'Looked at',
      field: 'lookedAtMs',
      isAge: true,
      kind: 'figure',
      cell: ({ lookedAtMs }, nowMs) => age(lookedAtMs, nowMs),
    },
  ],
  key: hostTable.identity,
  empty: 'No storage host is known yet. Hosts are named by StorageClasses and by the hosts file.',
  hasNamespaces: false,
};

const states: Readonly<Record<HostView['state'], readonly [Tone, string]>> = {
  answers: ['good', 'answers'],
  'given-up': ['bad', 'given up'],
  'being-tried': ['warn', 'being tried'],
  unknown: ['calm', 'not talked to yet'],
};

function state(host: HostView, nowMs: number): Html {
  const [tone, words] = states[host.state];
  const retry =
    host.retryAtMs === undefined
      ? undefined
      : aside(html`tried again ${due(host.retryAtMs, nowMs)}`);
  const failure = host.lastFailure === undefined ? undefined : aside(text(host.lastFailure));
  const line = host.isConnected ? undefined : aside('no connection open');
  return html`${mark(tone, words)}${host.state === 'answers' ? line : undefined}${retry}${failure}`;
}

function hung({ hung: pools }: HostView): Html {
  if (pools.length === 0) return none;
  const commands = pools.reduce((sum, each) => sum + each.commands, 0);
  const names = pools.map(({ pool }) => (pool === '*' ? 'surveys' : pool)).join(', ');
  return html`${mark('bad', count(commands))}${aside(text(names))}`;
}

export const pools: TableLook<'pools'> = {
  name: 'pools',
  title: 'Pools',
  caption: 'ZFS pools, their health and how full they are',
  columns: [
    { title: 'Pool', field: 'pool', cell: ({ pool }) => code(pool) },
    { title: 'Host', field: 'host', cell: ({ host }) => text(host) },
    { title: 'Health', field: 'health', cell: health },
    {
      title: 'Used',
      field: 'allocatedBytes',
      kind: 'amount',
      cell: ({ pool, host, allocatedBytes, sizeBytes }) =>
        fillBar({
          usedBytes: allocatedBytes,
          totalBytes: sizeBytes,
          label: `used of pool ${pool} on ${host}`,
        }),
    },
    {
      title: 'Free',
      field: 'freeBytes',
      kind: 'figure',
      cell: ({ freeBytes }) => size(freeBytes),
    },
    { title: 'Parents', field: 'parents', cell: ({ parents }) => listOf(parents) },
  ],
  key: poolTable.identity,
  empty: 'No pool was seen yet. Pools are listed once a storage host was looked at.',
  hasNamespaces: false,
};

const healthTones: ReadonlyMap<string, Tone> = new Map([
  ['ONLINE', 'good'],
  ['DEGRADED', 'warn'],
]);

function health({ health: word }: PoolView): Html {
  return word === undefined ? unknown : mark(healthTones.get(word) ?? 'bad', word);
}

function listOf(parents: readonly ParentView[]): Html {
  if (parents.length === 0) return none;
  const lines = parents.map(
    ({ dataset, availableBytes, isReadOnly }) =>
      html`<li>
        ${code(dataset)} ${isReadOnly ? mark('warn', 'read-only') : undefined}
        ${aside(html`${size(availableBytes)} available`)}
      </li>`,
  );
  return html`<ul class="plain">
    ${lines}
  </ul>`;
}
