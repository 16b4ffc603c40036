import { createHmac, timingSafeEqual } from 'node:crypto';
import { matchesPatterns } from './host-pattern.ts';

/** A public host key as it travels on the wire. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`. */
  readonly type: string;
  readonly blob: Buffer;
}

type Marker = 'revoked' | 'cert-authority';

interface KnownHostsLine {
  readonly marker: Marker | undefined;
  readonly hosts: string;
  readonly key: HostKey;
}

export interface KnownHosts {
  readonly lines: readonly KnownHostsLine[];
  /** Lines that are neither empty, comment nor understood. */
  readonly badLines: number;
}

export interface KnownKeys {
  readonly accepted: readonly HostKey[];
  readonly revoked: readonly HostKey[];
  /** A certificate authority is recorded for the host. Certificates are not supported. */
  readonly hasAuthority: boolean;
}

/** Parses a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Bad lines are skipped and counted. */
export function parseKnownHosts(text: string): KnownHosts {
  const lines: KnownHostsLine[] = [];
  let badLines = 0;
  for (const raw of text.split('\n')) {
    const words = raw.trim().split(/[ \t]+/);
    if (words[0] === '' || words[0]?.startsWith('#') === true) continue;
    const line = parseLine(words);
    if (line === undefined) badLines++;
    else lines.push(line);
  }
  return { lines, badLines };
}

/**
 * The keys recorded for an address and port. As OpenSSH does, a port other than 22 is looked up as
 * `[address]:port`, and under the plain address only when nothing is recorded with the port.
 */
export function knownKeysOf(knownHosts: KnownHosts, address: string, port: number): KnownKeys {
  const plain = keysNamed(knownHosts, address);
  if (port === 22) return plain;
  const withPort = keysNamed(knownHosts, `[${address}]:${port}`);
  const isRecorded = withPort.accepted.length > 0 || withPort.hasAuthority;
  return { ...(isRecorded ? withPort : plain), revoked: [...withPort.revoked, ...plain.revoked] };
}

/** The name under which known_hosts records an address and port. */
export function knownHostsName(address: string, port: number): string {
  return port === 22 ? address : `[${address}]:${port}`;
}

/** The type that a key blob names in its first field, undefined when it is not a key. */
export function keyTypeOf(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  if (length === 0 || length > 64 || blob.length <= 4 + length) return undefined;
  return blob.toString('latin1', 4, 4 + length);
}

function keysNamed(knownHosts: KnownHosts, name: string): KnownKeys {
  const lines = knownHosts.lines.filter((line) => namesHost(line.hosts, name));
  const keysMarked = (marker: Marker | undefined): HostKey[] =>
    lines.filter((line) => line.marker === marker).map((line) => line.key);
  return {
    accepted: keysMarked(undefined),
    revoked: keysMarked('revoked'),
    hasAuthority: keysMarked('cert-authority').length > 0,
  };
}

function namesHost(hosts: string, name: string): boolean {
  return hosts.startsWith('|')
    ? matchesHash(hosts, name.toLowerCase())
    : matchesPatterns(name, hosts.split(','));
}

/** `|1|salt|hash`, where hash is the HMAC-SHA1 of the name with the salt as key. */
function matchesHash(hosts: string, name: string): boolean {
  const [, magic, salt, hash] = hosts.split('|');
  if (magic !== '1' || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function parseLine(words: string[]): KnownHostsLine | undefined {
  let marker: Marker | undefined;
  if (words[0]?.startsWith('@') === true) {
    marker = markers[words[0]];
    if (marker === undefined) return undefined;
    words = words.slice(1);
  }
  const [hosts, type, encoded] = words;
  if (hosts === undefined || type === undefined || encoded === undefined) return undefined;
  const blob = Buffer.from(encoded, 'base64');
  return keyTypeOf(blob) === type ? { marker, hosts, key: { type, blob } } : undefined;
}

const markers: Record<string, Marker | undefined> = {
  '@revoked': 'revoked',
  '@cert-authority': 'cert-authority',
};
