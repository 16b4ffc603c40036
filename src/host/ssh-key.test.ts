import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getuid, seteuid } from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generateKeyPair } from '../../test/support/ssh-server.ts';
import { HostAuthenticationError } from './command.ts';
import type { KeySources, OpenedKeys } from './ssh-key.ts';
import { readPrivateKey } from './ssh-key.ts';

let mountPath: string;

beforeEach(() => {
  mountPath = path.join(mkdtempSync(path.join(tmpdir(), 'ssh-key-')), '.ssh');
  mkdirSync(mountPath);
});

afterEach(() => {
  rmSync(path.dirname(mountPath), { recursive: true });
});

function place(name: string, content: string): string {
  const file = path.join(mountPath, name);
  writeFileSync(file, content);
  return file;
}

async function read(sources: Partial<KeySources> = {}): Promise<string> {
  const { file, key } = await readPrivateKey({ host: 'nas', mountPath, ...sources });
  expect(key.isPrivateKey()).toBe(true);
  return path.relative(mountPath, file);
}

async function messageWhenReading(sources: Partial<KeySources> = {}): Promise<string> {
  const error: unknown = await readPrivateKey({ host: 'nas', mountPath, ...sources }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(HostAuthenticationError);
  return (error as Error).message;
}

describe('the private key', () => {
  const key = generateKeyPair().private;

  it('is the first of the default names', async () => {
    place('id_rsa', generateKeyPair('rsa').private);
    expect(await read()).toBe('id_rsa');
    place('id_ecdsa', generateKeyPair('ecdsa').private);
    expect(await read()).toBe('id_ecdsa');
    place('id_ed25519', key);
    expect(await read()).toBe('id_ed25519');
  });

  it('is that of the settings before that of ssh_config', async () => {
    place('a', key);
    place('b', key);

    expect(await read({ keyFile: path.join(mountPath, 'a'), identityFile: 'b' })).toBe('a');
    expect(await read({ identityFile: 'b' })).toBe('b');
  });

  it.each([
    ['~/.ssh/nas', 'nas'],
    ['nas', 'nas'],
    ['~/nas', '../nas'],
  ])('is found where ssh_config says %s', async (identityFile, expected) => {
    place(expected, key);

    expect(await read({ identityFile })).toBe(expected);
  });

  it('is opened with its passphrase', async () => {
    place('id_ed25519', generateKeyPair('ed25519', 'correct horse').private);

    expect(await read({ passphrase: 'correct horse' })).toBe('id_ed25519');
  });

  it('is opened once where it is encrypted, and again when its file has changed', async () => {
    const opened: OpenedKeys = new Map();
    const sources = { host: 'nas', mountPath, passphrase: 'correct horse' };
    place('id_ed25519', generateKeyPair('ed25519', 'correct horse').private);
    const first = await readPrivateKey(sources, opened);
    const second = await readPrivateKey(sources, opened);
    place('id_ed25519', generateKeyPair('ed25519', 'correct horse').private);
    const third = await readPrivateKey(sources, opened);

    expect(second.key).toBe(first.key);
    expect(third.key.getPublicSSH()).not.toEqual(first.key.getPublicSSH());
  });

  it('is not kept where it is not encrypted, nor is what was kept of its file', async () => {
    const opened: OpenedKeys = new Map();
    const sources = { host: 'nas', mountPath, passphrase: 'correct horse' };
    place('id_ed25519', generateKeyPair('ed25519', 'correct horse').private);
    await readPrivateKey(sources, opened);
    expect(opened.size).toBe(1);
    place('id_ed25519', key);
    await readPrivateKey(sources, opened);

    expect(opened.size).toBe(0);
  });

  it('may have a passphrase in the settings that it does not need', async () => {
    place('id_ed25519', key);

    expect(await read({ passphrase: 'battery' })).toBe('id_ed25519');
    expect(await read({ passphrase: '' })).toBe('id_ed25519');
  });

  it.each([
    ['is missing', undefined, undefined, /id_ed25519.*id_ecdsa.*id_rsa not found; mount one/],
    ['is encrypted', encrypted(), undefined, /is encrypted; set ZFS_SSH_KEY_PASSPHRASE/],
    ['is encrypted and the passphrase empty', encrypted(), '', /is encrypted; set ZFS_SSH/],
    ['has another passphrase', encrypted(), 'battery', /ZFS_SSH_KEY_PASSPHRASE does not open it/],
    ['is a public key', generateKeyPair().public, undefined, /is a public key/],
    ['is something else', 'hello', undefined, /is not a private key/],
    ['is empty', '', undefined, /is not a private key/],
    ['is damaged', key.replace(/\n[^\n]{9}/, '\n'), undefined, /format is not supported/],
    ['is PKCS #8', pkcs8(), undefined, /format is not supported; 'ssh-keygen -p/],
  ])('says clearly that it %s', async (_, content, passphrase, message) => {
    if (content !== undefined) place('id_ed25519', content);

    const said = await messageWhenReading({ passphrase });

    expect(said).toMatch(message);
    expect(said).not.toContain('battery');
    expect(said).toContain('nas');
  });

  it('says who may read it when it may not', async () => {
    const uid = getuid?.();
    chmodSync(path.dirname(mountPath), 0o755);
    chmodSync(place('id_ed25519', key), 0o200);
    if (uid === 0) seteuid?.(65534);
    try {
      const said = await messageWhenReading();

      expect(said).toContain(`(EACCES): its mode is 0200, its owner ${uid ?? ''}:`);
      expect(said).toContain('make it readable');
    } finally {
      if (uid === 0) seteuid?.(0);
    }
  });

  it('says that a folder is none', async () => {
    mkdirSync(path.join(mountPath, 'id_ed25519'));

    expect(await messageWhenReading()).toMatch(/cannot be read \(EISDIR\)/);
  });
});

function encrypted(): string {
  return generateKeyPair('ed25519', 'correct horse').private;
}

function pkcs8(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
