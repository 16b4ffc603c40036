import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import ssh2 from 'ssh2';
import type { KeyPair } from '../../test/support/ssh-server.ts';
import { generateKeyPair } from '../../test/support/ssh-server.ts';
import { HostKeyError } from './command.ts';
import { HostKeys } from './host-keys.ts';

const nas = { host: 'nas', address: '10.0.0.1', port: 22 };
const [key, otherKey] = [generateKeyPair(), generateKeyPair('ecdsa')];
const rsaKey = generateKeyPair('rsa');

let folder: string;
let knownHostsFile: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'host-keys-'));
  knownHostsFile = path.join(folder, 'known_hosts');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function blobOf(pair: KeyPair): Buffer {
  const parsed = ssh2.utils.parseKey(pair.public);
  if (parsed instanceof Error) throw parsed;
  return parsed.getPublicSSH();
}

function record(...lines: string[]): void {
  writeFileSync(knownHostsFile, lines.map((line) => `${line.trim()}\n`).join(''));
}

async function refusalBeforeDial(hostKeys: HostKeys): Promise<string> {
  const error: unknown = await hostKeys.expect(nas).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HostKeyError);
  return (error as Error).message;
}

describe('host keys, strict', () => {
  const strict = (): HostKeys => new HostKeys({ knownHostsFile, trustOnFirstUse: false });

  it('accepts a recorded key, any of several', async () => {
    record(`10.0.0.1 ${key.public}`, `10.0.0.1 ${otherKey.public}`);
    const check = await strict().expect(nas);

    expect(check.verify(blobOf(key))).toBe(true);
    expect(check.refusal).toBeUndefined();
  });

  it('refuses another key, and names it, the recorded one and what to do', async () => {
    record(`10.0.0.1 ${key.public}`);
    const check = await strict().expect(nas);

    expect(check.verify(blobOf(otherKey))).toBe(false);
    expect(check.refusal).toBeInstanceOf(HostKeyError);
    expect(check.refusal?.host).toBe('nas');
    expect(check.refusal?.message).toMatch(
      /^nas shows the ecdsa-sha2-nistp256 key SHA256:\S{43}, but recorded is ssh-ed25519 SHA256:\S{43}: .*'ssh-keyscan -p 22 10.0.0.1'$/,
    );
  });

  it('does not accept another key at the renewal of session keys', async () => {
    record(`10.0.0.1 ${key.public}`, `10.0.0.1 ${otherKey.public}`);
    const check = await strict().expect(nas);

    expect(check.verify(blobOf(key))).toBe(true);
    expect(check.verify(blobOf(key))).toBe(true);
    expect(check.verify(blobOf(otherKey))).toBe(false);
  });

  it('refuses a revoked key although it is recorded', async () => {
    record(`10.0.0.1 ${key.public}`, `@revoked * ${key.public}`);
    const check = await strict().expect(nas);

    expect(check.verify(blobOf(key))).toBe(false);
    expect(check.refusal?.message).toContain('revoked');
  });

  it('refuses what is no key at all', async () => {
    record(`10.0.0.1 ${key.public}`);

    expect((await strict().expect(nas)).verify(Buffer.from('nonsense'))).toBe(false);
  });

  it('dials no host of which nothing is recorded', async () => {
    record(`10.0.0.2 ${key.public}`);

    expect(await refusalBeforeDial(strict())).toMatch(
      /holds no key for 10.0.0.1: add what 'ssh-keyscan/,
    );
  });

  it('dials no host of which only a certificate authority is recorded', async () => {
    record(`@cert-authority * ${key.public}`);

    expect(await refusalBeforeDial(strict())).toContain('host certificates are not supported');
  });

  it('dials nothing without known_hosts', async () => {
    expect(await refusalBeforeDial(strict())).toMatch(
      /known_hosts cannot be read.*set ZFS_SSH_KNOWN_HOSTS/,
    );
  });

  it('sees a changed file at the next dial', async () => {
    const hostKeys = strict();
    record(`10.0.0.1 ${key.public}`);
    await hostKeys.expect(nas);
    record(`10.0.0.1 ${otherKey.public}`);

    expect((await hostKeys.expect(nas)).verify(blobOf(key))).toBe(false);
    expect((await hostKeys.expect(nas)).verify(blobOf(otherKey))).toBe(true);
  });

  it.each([
    ['rsa', rsaKey, ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519']],
    ['ecdsa', otherKey, ['ecdsa-sha2-nistp256', 'ssh-ed25519']],
    ['ed25519', key, ['ssh-ed25519', 'ecdsa-sha2-nistp256']],
  ])('asks first for the recorded %s key, never for SHA-1', async (_, pair, first) => {
    record(`10.0.0.1 ${pair.public}`);
    const { algorithms } = await strict().expect(nas);

    expect(algorithms.slice(0, first.length)).toEqual(first);
    expect(algorithms).toHaveLength(6);
    expect(algorithms).not.toContain('ssh-rsa');
  });
});

describe('host keys, trusted on first use', () => {
  const trusting = (): HostKeys => new HostKeys({ knownHostsFile, trustOnFirstUse: true });

  it('accepts and records the first key once the host has proved it', async () => {
    writeFileSync(knownHostsFile, '# no line end');
    const check = await trusting().expect({ ...nas, port: 2222 });

    expect(check.verify(blobOf(key))).toBe(true);
    expect(readFileSync(knownHostsFile, 'utf8')).toBe('# no line end');
    await check.proved();

    expect(readFileSync(knownHostsFile, 'utf8')).toBe(
      `# no line end\n[10.0.0.1]:2222 ${key.public}\n`,
    );
  });

  it.each([
    ['with the file', true],
    ['although the file cannot be written', false],
  ])('refuses another key from then on, %s', async (_, isWritable) => {
    if (!isWritable) knownHostsFile = path.join(folder, 'missing', 'known_hosts');
    const hostKeys = trusting();
    const first = await hostKeys.expect(nas);
    first.verify(blobOf(key));
    await first.proved();

    const second = await hostKeys.expect(nas);
    expect(second.verify(blobOf(otherKey))).toBe(false);
    expect(second.refusal?.message).toContain('the host was reinstalled or somebody else answers');
    expect((await hostKeys.expect(nas)).verify(blobOf(key))).toBe(true);
  });

  it('pins nothing that the host did not prove', async () => {
    const hostKeys = trusting();
    (await hostKeys.expect(nas)).verify(blobOf(key));

    expect((await hostKeys.expect(nas)).verify(blobOf(otherKey))).toBe(true);
  });

  it('refuses a key that differs from a recorded one', async () => {
    record(`10.0.0.1 ${key.public}`);

    expect((await trusting().expect(nas)).verify(blobOf(otherKey))).toBe(false);
  });

  it('refuses a revoked key', async () => {
    record(`@revoked * ${key.public}`);

    expect((await trusting().expect(nas)).verify(blobOf(key))).toBe(false);
  });

  it('does not override a certificate authority', async () => {
    record(`@cert-authority * ${key.public}`);

    expect(await refusalBeforeDial(trusting())).toContain('not supported');
  });

  it('follows the file when it says otherwise later', async () => {
    const hostKeys = trusting();
    const first = await hostKeys.expect(nas);
    first.verify(blobOf(key));
    await first.proved();
    record(`10.0.0.1 ${otherKey.public}`);

    expect((await hostKeys.expect(nas)).verify(blobOf(otherKey))).toBe(true);
    expect((await hostKeys.expect(nas)).verify(blobOf(key))).toBe(false);
  });
});
