import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { anyText, expectAlways, hostileValues } from '../../../test/support/hostile.ts';
import { placeParameters } from './place.ts';
import { sharingParameters } from './sharing.ts';
import { applyOverrides, overrideParameters } from './overrides.ts';

const { claimOverrides } = overrideParameters;

function apply(
  listed: string | undefined,
  wishes: Readonly<Record<string, string>>,
  parameters: Readonly<Record<string, string>> = {},
) {
  const annotations = Object.entries(wishes).map(([name, value]) => [
    `zfs-provisioner.io/${name}`,
    value,
  ]);
  const all = { ...parameters, ...(listed !== undefined && { claimOverrides: listed }) };
  return applyOverrides(all, Object.fromEntries(annotations) as Record<string, string>, 'fast');
}

function problemsOf(text: string): string[] {
  return claimOverrides.safeParse(text).error?.issues.map(({ message }) => message) ?? [];
}

describe('what a claim may say for itself', () => {
  it('is laid over what its class says', () => {
    const given = apply(
      'compression, mode,quota',
      { compression: 'zstd', mode: '0700' },
      { 'properties.compression': 'lz4', mode: 'g+w', uid: '5' },
    );

    expect(given.parameters).toMatchObject({
      'properties.compression': 'zstd',
      mode: '0700',
      uid: '5',
    });
    expect(given.warnings).toEqual([]);
    expect(given.sourceOf('properties.compression')).toBe(
      'annotation zfs-provisioner.io/compression',
    );
    expect(given.sourceOf('uid')).toBe('parameter uid');
    expect(given.isFromClaim('mode')).toBe(true);
    expect(given.isFromClaim('uid')).toBe(false);
  });

  it('goes by the whole name of a property as well, but not by both', () => {
    expect(apply('atime', { 'properties.atime': 'off' }).parameters).toMatchObject({
      'properties.atime': 'off',
    });
    expect(apply('properties.atime', { atime: 'off', 'properties.atime': 'on' }).problems).toEqual([
      'annotations zfs-provisioner.io/atime and zfs-provisioner.io/properties.atime mean the same',
    ]);
  });

  it('is ignored with a warning where the class does not list it', () => {
    const given = apply('mode', {
      uid: '0',
      hostname: 'evil',
      claimOverrides: 'uid',
      mode: '0700',
    });

    expect(given.parameters).toEqual({ claimOverrides: 'mode', mode: '0700' });
    expect(given.warnings).toEqual([
      'annotation zfs-provisioner.io/uid, zfs-provisioner.io/hostname, zfs-provisioner.io/claimOverrides ' +
        'is ignored: StorageClass fast lets claims set only mode',
    ]);
  });

  it('is nothing where the class lists nothing', () => {
    expect(apply(undefined, { mode: '0777' })).toMatchObject({
      parameters: {},
      warnings: [expect.stringContaining('lets claims set nothing (parameter claimOverrides)')],
    });
  });

  it('is one warning for any number of annotations', () => {
    const wishes = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`x${n}`, '']));

    expect(apply('mode', wishes).warnings).toEqual([expect.stringContaining('and 490 more')]);
  });

  it('is not what others annotate, nor what we do', () => {
    const annotations = {
      'volume.kubernetes.io/selected-node': 'node-1',
      'example.com/mode': '0777',
      'zfs-provisioner.io/host': 'storage-1',
    };

    expect(applyOverrides({ claimOverrides: 'mode' }, annotations, 'fast')).toMatchObject({
      parameters: { claimOverrides: 'mode' },
      warnings: [],
    });
  });

  it.each(['compression', 'properties.recordsize', 'mode,uid,gid,acl', 'quota, reserveSpace'])(
    'may be %s',
    (text) => {
      expect(problemsOf(text)).toEqual([]);
    },
  );

  it.each([
    ...Object.keys(placeParameters),
    ...Object.keys(sharingParameters),
    ...['datasetName', 'claimOverrides', 'properties.mountpoint', 'sharenfs', 'canmount'],
    ...['encryption', 'keyformat', 'properties.keylocation', 'com.example:team', 'mode,uid,node'],
  ])('is never %s', (text) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining('names "')]);
  });

  it('is suggested where it is misspelt', () => {
    expect(problemsOf('compresion')).toEqual([
      expect.stringContaining('(did you mean compression?)'),
    ]);
    expect(problemsOf('a,b,')).toHaveLength(3);
  });

  it('never changes what is not the claim’s to say', () => {
    const fixed = { hostname: 'h', parentDataset: 'p', shareProperties: 's', datasetName: 'd' };
    const names = fc.constantFrom(...Object.keys(fixed), 'properties.sharenfs', 'keylocation');
    expectAlways(
      fc.property(anyText, names, anyText, (more, name, value) => {
        const { parameters } = apply(`${name},${more}`, { [name]: value }, fixed);
        return (
          Object.entries(fixed).every(([key, was]) => parameters[key] === was) &&
          parameters['properties.sharenfs'] === undefined &&
          parameters['properties.keylocation'] === undefined
        );
      }),
    );
  });

  it('is listed by nothing hostile', () => {
    for (const text of hostileValues) expect(problemsOf(text)).not.toEqual([]);
  });
});
