import type { NetworkAddress } from '../volume/network-address.ts';
import {
  formatNetworkAddress,
  isNetwork,
  isUsableAddress,
  parseNetworkAddress,
} from '../volume/network-address.ts';

/** Who may mount a volume over NFS. */
export type ShareClient =
  | { readonly kind: 'everyone' }
  /** The cluster's nodes, as they come and go. */
  | { readonly kind: 'nodes' }
  | { readonly kind: 'network'; readonly address: NetworkAddress }
  /** A name that the storage host resolves. */
  | { readonly kind: 'host'; readonly name: string };

/** With the nodes in place of `@nodes`. */
export type KnownClient = Exclude<ShareClient, { readonly kind: 'nodes' }>;

export interface ParsedShareClients {
  readonly clients: readonly ShareClient[];
  readonly problems: readonly string[];
}

const everyone = 'everyone';
const nodes = '@nodes';
/** RFC 1123; a last label of digits only would be a mistyped address. */
const hostName =
  /^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*(?![0-9]+$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** Reads a list with commas; every problem at once. */
export function parseShareClients(text: string): ParsedShareClients {
  const words = [...new Set(text.split(',').map((word) => word.trim()))];
  const read = words.map((word) => [word, clientOf(word)] as const);
  const clients = read.map(([, client]) => client).filter((client) => typeof client !== 'string');
  const problems = read.flatMap(([word, client]) =>
    typeof client === 'string' ? [`${JSON.stringify(word.slice(0, 60))} ${client}`] : [],
  );
  if (clients.length > 1 && clients.some(({ kind }) => kind === 'everyone')) {
    problems.push(`"${everyone}" includes all others: leave them out, or leave it out`);
  }
  return { clients, problems };
}

/** What is written for them; reads back as the same. */
export function formatShareClients(clients: readonly ShareClient[]): string {
  return clients.map(formatClient).join(',');
}

function formatClient(client: ShareClient): string {
  switch (client.kind) {
    case 'everyone':
      return everyone;
    case 'nodes':
      return nodes;
    case 'network':
      return formatNetworkAddress(client.address);
    case 'host':
      return client.name;
  }
}

/** The client, or what is wrong with the word. */
function clientOf(word: string): ShareClient | string {
  if (word === '') return 'is empty: a comma too many?';
  if (word === everyone) return { kind: 'everyone' };
  if (word === nodes) return { kind: 'nodes' };
  if (word.startsWith('@')) return `is not known: write ${nodes}, or a network without "@"`;
  if (/^[*?.]+$/.test(word)) return `is everyone: write ${everyone} if that is meant`;
  if (/[:/]|^[0-9.]+$/.test(word)) return networkOf(word);
  if (hostName.test(word)) return { kind: 'host', name: word };
  return 'is no network, address or host name';
}

function networkOf(word: string): ShareClient | string {
  const address = parseNetworkAddress(word);
  if (address === undefined) {
    return 'is no network or address: write it as 10.0.0.0/8, 192.0.2.1, fd00::/64 or fd00::1, without bits beyond the prefix';
  }
  if (address.prefix === 0) return `is everyone: write ${everyone} if that is meant`;
  if (!isNetwork(address) && !isUsableAddress(address)) return 'is the address of no machine';
  return { kind: 'network', address };
}

/** The addresses of the nodes as clients: each once, sorted; what is no address of a machine is left out. */
export function nodeClients(addresses: readonly string[]): readonly KnownClient[] {
  const usable = addresses.flatMap((text) => {
    const address = parseNetworkAddress(text);
    return address !== undefined && isUsableAddress(address) ? [address] : [];
  });
  const byText = new Map(usable.map((address) => [formatNetworkAddress(address), address]));
  return [...byText]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, address]) => ({ kind: 'network', address }));
}
