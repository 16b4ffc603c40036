import { createHash } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { messageOf } from '../errors.ts';
import { HostKeyError } from './command.ts';
import type { HostKey, KnownKeys } from './known-hosts.ts';
import { keyTypeOf, knownHostsName, knownKeysOf, parseKnownHosts } from './known-hosts.ts';

/** Where a host is dialed. */
export interface HostEndpoint {
  /** The name that classes and settings use. */
  readonly host: string;
  /** What is resolved and connected to: ssh_config's HostName, else the host. */
  readonly address: string;
  readonly port: number;
}

export interface HostKeysOptions {
  readonly knownHostsFile: string;
  /** Accept the first key of a host of which none is recorded, and only that one from then on. */
  readonly trustOnFirstUse: boolean;
}

/** Signature algorithms by key type, preferred first. SHA-1 signatures of RSA keys are not accepted. */
const algorithmsByType = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const;

export type HostKeyAlgorithm = (typeof algorithmsByType)[keyof typeof algorithmsByType][number];

/**
 * Decides which host keys are accepted, from known_hosts as it is at each dial, so that a changed file
 * counts without a restart. Strict unless trust on first use was asked for.
 */
export class HostKeys {
  readonly #options: HostKeysOptions;
  /** Keys trusted on first use, by name in known_hosts, for the life of this process. */
  readonly #pinned = new Map<string, HostKey>();

  constructor(options: HostKeysOptions) {
    this.#options = options;
  }

  /**
   * What a host must show at the dial that follows.
   * @param onlyKey type and base64 of the one key that is accepted; undefined: as known_hosts says
   * @throws HostKeyError when no key of it could be accepted anyway
   */
  async expect(endpoint: HostEndpoint, onlyKey?: string): Promise<HostKeyCheck> {
    const { address, port } = endpoint;
    if (onlyKey !== undefined) return onlyKeyCheck(endpoint, onlyKey);
    const text = await this.#readKnownHosts(endpoint);
    const known = knownKeysOf(parseKnownHosts(text), address, port);
    const pinned = this.#pinned.get(knownHostsName(address, port));
    const accepted =
      known.accepted.length === 0 && pinned !== undefined ? [pinned] : known.accepted;
    const isFirstUse =
      this.#options.trustOnFirstUse && accepted.length === 0 && !known.hasAuthority;
    if (accepted.length === 0 && !isFirstUse) throw nothingRecorded(endpoint, known, this.#options);
    const pin = (key: HostKey): Promise<void> => this.#pin(endpoint, key, text);
    return new HostKeyCheck(endpoint, { ...known, accepted }, isFirstUse ? pin : undefined);
  }

  async #readKnownHosts({ host }: HostEndpoint): Promise<string> {
    const file = this.#options.knownHostsFile;
    try {
      return await readFile(file, 'utf8');
    } catch (thrown) {
      const isMissing = (thrown as NodeJS.ErrnoException).code === 'ENOENT';
      if (isMissing && this.#options.trustOnFirstUse) return '';
      throw new HostKeyError(
        host,
        `${file} cannot be read, so the key of ${host} cannot be checked: ${messageOf(thrown)}; mount it or set ZFS_SSH_KNOWN_HOSTS`,
        { cause: thrown },
      );
    }
  }

  async #pin({ address, port }: HostEndpoint, key: HostKey, textBefore: string): Promise<void> {
    const name = knownHostsName(address, port);
    this.#pinned.set(name, key);
    const lineEnd = textBefore === '' || textBefore.endsWith('\n') ? '' : '\n';
    const line = `${lineEnd}${name} ${key.type} ${key.blob.toString('base64')}\n`;
    // A mounted secret cannot be written: the pin in memory then holds until the next start.
    await appendFile(this.#options.knownHostsFile, line).catch(() => undefined);
  }
}

/** One dial's judgement of the key that the host shows. */
export class HostKeyCheck {
  /**
   * Those of the recorded keys first: a host with several keys then shows a recorded one. The others
   * follow, so that a host with another key is refused for its key and not for want of an algorithm.
   */
  readonly algorithms: HostKeyAlgorithm[];
  readonly #endpoint: HostEndpoint;
  readonly #known: KnownKeys;
  readonly #pin: ((key: HostKey) => Promise<void>) | undefined;
  #first: HostKey | undefined;
  #refusal: HostKeyError | undefined;

  constructor(endpoint: HostEndpoint, known: KnownKeys, pin?: (key: HostKey) => Promise<void>) {
    this.#endpoint = endpoint;
    this.#known = known;
    this.#pin = pin;
    this.algorithms = orderAlgorithms(known.accepted.map((key) => key.type));
  }

  /** Why the key was refused, if it was. */
  get refusal(): HostKeyError | undefined {
    return this.#refusal;
  }

  /** Whether the host may go on with this key. Also asked at each renewal of the session's keys. */
  verify(blob: Buffer): boolean {
    const key = { type: keyTypeOf(blob) ?? 'unknown', blob };
    this.#refusal = this.#refuse(key);
    if (this.#refusal === undefined) this.#first ??= key;
    return this.#refusal === undefined;
  }

  /** To be called once the host has proved that it holds the key: a first use is recorded. */
  async proved(): Promise<void> {
    if (this.#first !== undefined) await this.#pin?.(this.#first);
  }

  #refuse(key: HostKey): HostKeyError | undefined {
    const { host, address, port } = this.#endpoint;
    const shown = `${host} shows the ${key.type} key ${fingerprint(key)}`;
    const lookFirst = `if that is right (on the host: ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), record it with 'ssh-keyscan -p ${port} ${address}'`;
    if (includesKey(this.#known.revoked, key)) {
      return new HostKeyError(
        host,
        `${shown}, which known_hosts marks as revoked: give the host a new key`,
      );
    }
    const accepted = this.#first === undefined ? this.#known.accepted : [this.#first];
    if (includesKey(accepted, key)) return undefined;
    if (this.#pin !== undefined && this.#first === undefined) return undefined;
    const recorded = accepted.map((known) => `${known.type} ${fingerprint(known)}`).join(', ');
    return new HostKeyError(
      host,
      `${shown}, but recorded is ${recorded}: the host was reinstalled or somebody else answers; ${lookFirst}`,
    );
  }
}

function onlyKeyCheck(endpoint: HostEndpoint, text: string): HostKeyCheck {
  const [type = '', encoded = ''] = text.split(' ');
  const key = { type, blob: Buffer.from(encoded, 'base64') };
  if (keyTypeOf(key.blob) !== type) {
    throw new HostKeyError(
      endpoint.host,
      `the key that the hosts file records for ${endpoint.host} is no ${type} key: record what ssh-keyscan prints`,
    );
  }
  return new HostKeyCheck(endpoint, { accepted: [key], revoked: [], hasAuthority: false });
}

/** As ssh-keygen -l prints it. */
function fingerprint(key: HostKey): string {
  return `SHA256:${createHash('sha256').update(key.blob).digest('base64').replace(/=+$/, '')}`;
}

function includesKey(keys: readonly HostKey[], wanted: HostKey): boolean {
  return keys.some((key) => key.blob.equals(wanted.blob));
}

function orderAlgorithms(recordedTypes: readonly string[]): HostKeyAlgorithm[] {
  const types = Object.entries(algorithmsByType);
  const recorded = types.filter(([type]) => recordedTypes.includes(type));
  const others = types.filter(([type]) => !recordedTypes.includes(type));
  return [...recorded, ...others].flatMap(([, algorithms]) => algorithms);
}

function nothingRecorded(
  { host, address, port }: HostEndpoint,
  known: KnownKeys,
  { knownHostsFile }: HostKeysOptions,
): HostKeyError {
  const scan = `add what 'ssh-keyscan -p ${port} ${address}' prints, after comparing it on the host`;
  const why = known.hasAuthority
    ? `only a @cert-authority for ${host}, and host certificates are not supported`
    : `no key for ${knownHostsName(address, port)}`;
  return new HostKeyError(host, `${knownHostsFile} holds ${why}: ${scan}`);
}
