import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  anyText,
  controlCharacter,
  expectAlways,
  hostileValues,
} from '../../test/support/hostile.ts';
import {
  administratorsProperties,
  nativeProperties,
  nativeProperty,
  readNativeValue,
  settableProperties,
} from './native-properties.ts';

function read(name: string, text: string): { value: string } | { problem: string } {
  const property = nativeProperty(name);
  if (property === undefined || property.use === 'never') throw new Error(`${name} cannot be set`);
  return readNativeValue(property, text);
}

describe('a native property', () => {
  it.each([
    ...['compression', 'recordsize', 'atime', 'logbias', 'sync', 'primarycache', 'secondarycache'],
    ...['xattr', 'acltype', 'aclmode', 'aclinherit', 'snapdir', 'dedup', 'copies', 'checksum'],
    ...['dnodesize', 'exec', 'setuid', 'devices', 'encryption', 'keyformat', 'keylocation'],
  ])('that classes may set is %s', (name) => {
    expect(nativeProperty(name)?.use).toBe('allowed');
  });

  it.each(['overlay', 'special_small_blocks', 'context', 'nbmand'])(
    'that the administrator has to allow is %s',
    (name) => {
      expect(nativeProperty(name)?.use).toBe('administrator');
      expect(administratorsProperties).toContain(name);
    },
  );

  it.each([
    ...['mountpoint', 'canmount', 'sharenfs', 'sharesmb', 'quota', 'refquota', 'reservation'],
    ...['refreservation', 'readonly', 'zoned', 'jailed', 'used', 'guid', 'volsize', 'version'],
    ...['userquota@root', 'groupused@0', 'projectobjquota@1'],
  ])('that nobody may set is %s', (name) => {
    expect(nativeProperty(name)?.use).toBe('never');
    expect(settableProperties).not.toContain(name);
  });

  it.each(['', 'compresion', 'Compression', '__proto__', 'constructor', 'com.example:x'])(
    'is not %j',
    (name) => {
      expect(nativeProperty(name)).toBeUndefined();
    },
  );

  it.each([
    ['compression', 'zstd-19', 'zstd-19'],
    ['compression', 'gzip-6', 'gzip'],
    ['compression', 'zstd-fast-1', 'zstd-fast'],
    ['recordsize', '128K', '131072'],
    ['recordsize', '1M', '1048576'],
    ['recordsize', '16MiB', '16777216'],
    ['recordsize', '512', '512'],
    ['special_small_blocks', '0', '0'],
    ['acltype', 'posixacl', 'posix'],
    ['acltype', 'noacl', 'off'],
    ['encryption', 'on', 'aes-256-gcm'],
    ['dedup', 'sha256,verify', 'sha256,verify'],
    ['snapshot_limit', 'none', 'none'],
    ['pbkdf2iters', '350000', '350000'],
    ['keylocation', 'file:///etc/zfs/keys/team-a.key', 'file:///etc/zfs/keys/team-a.key'],
    ['context', 'system_u:object_r:container_file_t:s0', 'system_u:object_r:container_file_t:s0'],
  ])('%s=%s is shown as %s afterwards', (name, text, value) => {
    expect(read(name, text)).toEqual({ value });
  });

  it.each([
    ['compression', 'lz5', '(did you mean lz4?)'],
    ['compression', 'zstd-20', 'must be on, off, lz4'],
    ['compression', 'ON', '(did you mean on?)'],
    ['recordsize', '100K', 'a power of two from 512 to 16M'],
    ['recordsize', '32M', 'a power of two'],
    ['recordsize', '0', 'a power of two'],
    ['recordsize', '1.5M', 'a power of two'],
    ['copies', '4', 'one of 1, 2, 3'],
    ['atime', 'true', 'one of on, off'],
    ['pbkdf2iters', '1000', 'at least 100000'],
    ['keyformat', 'none', 'one of raw, hex, passphrase'],
    ['keylocation', 'prompt', 'file:///'],
    ['keylocation', 'https://keys.example.com/a', 'file:///'],
    ['keylocation', 'file://etc/key', 'file:///'],
    ['keylocation', 'file:///etc/../root/key', 'file:///'],
    ['keylocation', 'file:///etc//key', 'file:///'],
    ['keylocation', 'file:///etc/keys/', 'file:///'],
    ['keylocation', 'file:///etc/$(id)', 'file:///'],
  ])('%s=%s is refused: %s', (name, text, problem) => {
    expect(read(name, text)).toEqual({ problem: expect.stringContaining(problem) });
  });

  it.each(settableProperties)('%s takes nothing hostile', (name) => {
    for (const text of hostileValues) expect(read(name, text)).toHaveProperty('problem');
  });

  it('never takes a value that a host could misread', () => {
    expectAlways(
      fc.property(fc.constantFrom(...settableProperties), anyText, (name, text) => {
        const result = read(name, text);
        if ('problem' in result) return result.problem.length < 1000;
        return /^[a-zA-Z0-9_.,:/@+=-]{1,1024}$/.test(result.value);
      }),
    );
  });

  it('takes each of its words, and shows one of them', () => {
    for (const [name, property] of nativeProperties()) {
      if (property.use === 'never') continue;
      for (const word of property.values.words) {
        expect(read(name, word)).toEqual({ value: expect.not.stringMatching(controlCharacter) });
      }
    }
  });
});
