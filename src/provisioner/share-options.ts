import { createHash } from 'node:crypto';

import type { NetworkAddress } from '../volume/network-address.ts';
import { formatBracketed, formatNetworkAddress, isNetwork } from '../volume/network-address.ts';
import type { ShareOptions } from '../zfs/dataset.ts';
import type { KnownClient } from './share-clients.ts';

/** How a volume is shared, in words that are the same for every operating system. */
export interface ShareTerms {
  readonly shareMode: 'rw' | 'ro';
  readonly squash: 'root' | 'none' | 'all';
  readonly anonuid?: number | undefined;
  readonly anongid?: number | undefined;
  readonly security: readonly string[];
  /** Undefined: the file system's own. */
  readonly fsid: string | undefined;
}

/**
 * `sharenfs` for clients and terms. There must be a client: with none, OpenZFS would export to everyone.
 * @throws TypeError without a client
 */
export function shareOptions(clients: readonly KnownClient[], terms: ShareTerms): ShareOptions {
  if (clients.length === 0) throw new TypeError('nobody to share with');
  return { linux: linuxOptions(clients, terms), freebsd: freebsdOptions(clients, terms) };
}

/** The names of clients in the exports file of the host: `*` is everyone. */
export function exportedTo(clients: readonly KnownClient[]): readonly string[] {
  return clients.map((client) => {
    switch (client.kind) {
      case 'everyone':
        return '*';
      case 'network':
        return formatNetworkAddress(client.address);
      case 'host':
        return client.name;
    }
  });
}

/** The same for every attempt and on every host: the uid in the volume's name, or a digest of another name. */
export function fsidOf(volumeName: string): string {
  const uid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.exec(volumeName)?.[0];
  if (uid !== undefined) return uid;
  const digest = createHash('sha256').update(volumeName).digest('hex');
  return digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** OpenZFS takes the flavours of security that stand before the clients. */
function linuxOptions(clients: readonly KnownClient[], terms: ShareTerms): string {
  const { shareMode, squash, anonuid, anongid, security, fsid } = terms;
  const isForEveryone = clients.some(({ kind }) => kind === 'everyone');
  const squashes = { root: 'root_squash', none: 'no_root_squash', all: 'all_squash' };
  return [
    `sec=${security.join(':')}`,
    isForEveryone ? shareMode : `${shareMode}=${clients.map(linuxClient).join(':')}`,
    squashes[squash],
    ...(anonuid === undefined ? [] : [`anonuid=${anonuid}`]),
    ...(anongid === undefined ? [] : [`anongid=${anongid}`]),
    ...(fsid === undefined ? [] : [`fsid=${fsid}`]),
  ].join(',');
}

/** An address of IPv6 without brackets would be cut at its colons, and what is empty between them is everyone. */
function linuxClient(client: KnownClient): string {
  if (client.kind !== 'network') return exportedTo([client]).join('');
  const { address } = client;
  return `${isNetwork(address) && address.family === 4 ? '@' : ''}${formatBracketed(address)}`;
}

/**
 * A line of exports(5) has any number of hosts or one network. Several lines need `;`, which OpenZFS
 * knows from 2.3 on (FreeBSD 15); before it, such a value exports nothing. There is no fsid.
 */
function freebsdOptions(clients: readonly KnownClient[], terms: ShareTerms): string {
  const options = freebsdTerms(terms);
  if (clients.some(({ kind }) => kind === 'everyone')) return options.join(',');
  const networks = clients.filter(isNetworkClient).map(({ address }) => address);
  const hosts = clients.filter((client) => !isNetworkClient(client));
  const lines = networks.map((network) => [
    ...options,
    `-network=${formatNetworkAddress(network)}`,
  ]);
  if (hosts.length > 0) lines.push([...options, ...exportedTo(hosts)]);
  return lines.map((line) => line.join(',')).join(';');
}

function freebsdTerms({ shareMode, squash, security, ...anonymous }: ShareTerms): string[] {
  const user = `${anonymous.anonuid ?? 65_534}:${anonymous.anongid ?? 65_533}`;
  const mapping = { root: `-maproot=${user}`, none: '-maproot=0', all: `-mapall=${user}` };
  const readOnly = shareMode === 'ro' ? ['-ro'] : [];
  return [`-sec=${security.join(':')}`, ...readOnly, mapping[squash]];
}

function isNetworkClient(
  client: KnownClient,
): client is { readonly kind: 'network'; readonly address: NetworkAddress } {
  return client.kind === 'network' && isNetwork(client.address);
}
