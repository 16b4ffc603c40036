import { isIPv4, isIPv6 } from 'node:net';

/** An address of IP, or a network of them. */
export interface NetworkAddress {
  readonly family: 4 | 6;
  /** Of the address, or of the network's first one. */
  readonly bits: bigint;
  /** How many leading bits count: all of them (32 or 128) for a single address. */
  readonly prefix: number;
}

const widths = { 4: 32, 6: 128 } as const;

/**
 * Reads `192.0.2.1`, `192.0.2.0/24`, `fd00::1`, `fd00::/64`, and the last two with brackets around the
 * address. Nothing else: no zones, no netmasks, no IPv4 in IPv6 clothes, no leading zeros.
 * @returns undefined for what is none, and for a network whose address has bits beyond its prefix
 */
export function parseNetworkAddress(text: string): NetworkAddress | undefined {
  const [, address = '', prefixText] =
    /^([^[\]/]*)(?:\/([0-9]{1,3}))?$/.exec(unbracketed(text)) ?? [];
  const family = familyOf(address);
  if (family === undefined) return undefined;
  const prefix = prefixOf(prefixText, widths[family]);
  if (prefix === undefined) return undefined;
  const bits = family === 4 ? bitsOf4(address) : bitsOf6(address);
  const beyond = (1n << BigInt(widths[family] - prefix)) - 1n;
  const isMapped = family === 6 && bits >> 32n === 0xffffn;
  return (bits & beyond) === 0n && !isMapped ? { family, bits, prefix } : undefined;
}

/** Only IPv6 has brackets; all others stay, and make it none. */
function unbracketed(text: string): string {
  return text.replace(/^\[([^\]]*:[^\]]*)\]/, '$1');
}

function familyOf(address: string): 4 | 6 | undefined {
  if (isIPv4(address)) return 4;
  return isIPv6(address) && !address.includes('%') ? 6 : undefined;
}

function prefixOf(text: string | undefined, width: number): number | undefined {
  if (text === undefined) return width;
  if (text.length > 1 && text.startsWith('0')) return undefined;
  const prefix = Number(text);
  return prefix <= width ? prefix : undefined;
}

function bitsOf4(address: string): bigint {
  return address.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function bitsOf6(address: string): bigint {
  const [head = '', tail] = withoutDots(address).split('::');
  const left = groupsOf(head);
  const right = groupsOf(tail ?? '');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0n);
  return [...left, ...zeros, ...right].reduce((bits, group) => (bits << 16n) | group, 0n);
}

/** `::192.0.2.1` as `::c000:201`. */
function withoutDots(address: string): string {
  const dotted = /[^:]*\.[^:]*$/.exec(address)?.[0];
  if (dotted === undefined) return address;
  const bits = bitsOf4(dotted);
  const groups = [bits >> 16n, bits & 0xffffn].map((group) => group.toString(16));
  return address.slice(0, -dotted.length) + groups.join(':');
}

function groupsOf(text: string): bigint[] {
  return text === '' ? [] : text.split(':').map((group) => BigInt(`0x${group}`));
}

/** Whether it is more than one address. */
export function isNetwork({ family, prefix }: NetworkAddress): boolean {
  return prefix < widths[family];
}

/** Whether it is a single one of which a machine can speak: not `0.0.0.0`, and not `::`. */
export function isUsableAddress(address: NetworkAddress): boolean {
  return !isNetwork(address) && address.bits !== 0n;
}

/** One way to write each (RFC 5952 for IPv6), without brackets. */
export function formatNetworkAddress(address: NetworkAddress): string {
  return formatAddress(address) + formatPrefix(address);
}

/** As above, with brackets around the address of IPv6. */
export function formatBracketed(address: NetworkAddress): string {
  if (address.family === 4) return formatNetworkAddress(address);
  return `[${formatAddress(address)}]${formatPrefix(address)}`;
}

function formatPrefix(address: NetworkAddress): string {
  return isNetwork(address) ? `/${address.prefix}` : '';
}

function formatAddress({ family, bits }: NetworkAddress): string {
  if (family === 4) return partsOf(bits, 4, 8).join('.');
  const groups = partsOf(bits, 8, 16).map((group) => group.toString(16));
  const zeros = longestZeros(groups);
  if (zeros.length < 2) return groups.join(':');
  const head = groups.slice(0, zeros.start).join(':');
  return `${head}::${groups.slice(zeros.start + zeros.length).join(':')}`;
}

function partsOf(bits: bigint, count: number, width: number): bigint[] {
  const mask = (1n << BigInt(width)) - 1n;
  return Array.from({ length: count }, (_, i) => (bits >> BigInt(width * (count - 1 - i))) & mask);
}

function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === '0' ? length + 1 : 0;
    if (length > longest.length) longest = { start: index - length + 1, length };
  }
  return longest;
}
