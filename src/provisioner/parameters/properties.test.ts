import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  anyText,
  controlCharacter,
  expectAlways,
  hostileValues,
} from '../../../test/support/hostile.ts';
import type { TemplateValues } from '../../volume/template.ts';
import { applyOverrides } from './overrides.ts';
import type { PlannedProperties } from './properties.ts';
import { planProperties } from './properties.ts';

const values: TemplateValues = {
  claim: {
    namespace: 'team-a',
    name: 'data',
    uid: '7b2f',
    labels: { tier: 'lz4', up: '..', empty: '' },
    annotations: { 'example.com/note': 'two\nlines', 'example.com/dir': 'a/b' },
  },
  className: 'fast',
  volumeName: 'pvc-7b2f',
};

function plan(
  parameters: Readonly<Record<string, string>>,
  allowedProperties: readonly string[] = [],
): PlannedProperties {
  const named = Object.entries(parameters).map(([name, value]) => [`properties.${name}`, value]);
  const given = applyOverrides(Object.fromEntries(named) as Record<string, string>, {}, 'fast');
  return planProperties(given, { values, allowedProperties });
}

describe('the properties of a class', () => {
  it('are native ones, as ZFS shows them, and those of its own', () => {
    const parameters = {
      ...{ compression: 'zstd', recordsize: '16K', atime: 'off' },
      ...{
        'com.sun:auto-snapshot': 'true',
        'com.example:team': '{{claim.namespace}} ({{claim.name}})',
      },
    };

    expect(plan(parameters)).toEqual({
      native: { compression: 'zstd', recordsize: '16384', atime: 'off' },
      user: { 'com.sun:auto-snapshot': 'true', 'com.example:team': 'team-a (data)' },
      problems: [],
    });
  });

  it('may follow the claim, as far as ZFS takes what it says', () => {
    expect(plan({ compression: '{{claim.labels.tier}}' }).native).toEqual({ compression: 'lz4' });
    expect(plan({ compression: '{{claim.name}}' }).problems).toEqual([
      expect.stringContaining('parameter properties.compression "data" must be on, off'),
    ]);
  });

  it('that the administrator has to allow are refused until then', () => {
    expect(plan({ overlay: 'off' }).problems).toEqual([
      'parameter properties.overlay has to be allowed by the administrator: setting ZFS_ALLOWED_PROPERTIES',
    ]);
    expect(plan({ overlay: 'off' }, ['overlay'])).toMatchObject({ native: { overlay: 'off' } });
  });

  it.each([
    ['compresion', 'on', 'is no property of OpenZFS 2.3 (did you mean compression?)'],
    ['', 'on', 'is no property of OpenZFS 2.3'],
    ['mountpoint', '/etc', 'cannot be set: a volume is mounted below its parent dataset'],
    ['sharenfs', 'on', 'cannot be set: it follows from the parameters of sharing'],
    ['quota', '1G', 'cannot be set: it follows from the size of the claim'],
    ['userquota@root', '1G', 'cannot be set'],
    ['used', '0', 'cannot be set: ZFS alone sets it'],
    ['zfs-provisioner.io:volume', 'pvc-other', 'by which datasets are known'],
    ['io.kubernetes.pv.zfs:managed_by', 'me', 'by which datasets are known'],
    ['Com.Example:x', 'a', 'lower case letters'],
    [':x', 'a', 'lower case letters'],
    [`a:${'b'.repeat(255)}`, 'a', 'lower case letters'],
    ['com.example:$(id)', 'a', 'lower case letters'],
    ['com.example:x', '', 'is empty'],
    ['com.example:x', '{{claim.labels.empty}}', 'is empty'],
    ['com.example:x', 'a\tb', 'has control characters'],
    ['com.example:x', '\ud800', 'no valid Unicode'],
    ['com.example:x', 'ü'.repeat(4096), 'longer than 8191 bytes'],
    ['com.example:x', '{{claim.annotations.example.com/note}}', 'has control characters'],
    ['com.example:x', '{{claim.labels.gone}}', 'which the claim does not have'],
  ])('%s=%j are refused: %s', (name, value, problem) => {
    const { native, user, problems } = plan({ [name]: value });

    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect({ ...native, ...user }).toEqual({});
  });

  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['all three', { encryption: 'on', keyformat: 'raw', keylocation: 'file:///k/a' }, []],
    ['off', { encryption: 'off' }, []],
    ['no keyformat', { encryption: 'on', keylocation: 'file:///k/a' }, ['keyformat']],
    ['no keys', { encryption: 'aes-256-gcm' }, ['keyformat', 'keylocation']],
    ['a key of nothing', { keylocation: 'file:///k/a' }, ['keylocation']],
    ['keys of off', { encryption: 'off', keyformat: 'hex' }, ['keyformat']],
    ['prompt', { encryption: 'on', keyformat: 'hex', keylocation: 'prompt' }, ['keylocation']],
    [
      'iterations of a raw key',
      { encryption: 'on', keyformat: 'raw', keylocation: 'file:///k/a', pbkdf2iters: '400000' },
      ['pbkdf2iters'],
    ],
    [
      'a key for each namespace',
      { encryption: 'on', keyformat: 'raw', keylocation: 'file:///k/{{claim.namespace}}' },
      [],
    ],
    [
      'a key out of its directory',
      { encryption: 'on', keyformat: 'raw', keylocation: 'file:///k/{{claim.labels.up}}' },
      ['keylocation'],
    ],
    [
      'a key in another directory',
      {
        ...{ encryption: 'on', keyformat: 'raw' },
        keylocation: 'file:///k/{{claim.annotations.example.com/dir}}',
      },
      ['keylocation'],
    ],
  ])('about encryption go together: %s', (_case, parameters, named) => {
    const { problems } = plan(parameters);

    expect(problems).toHaveLength(named.length);
    named.forEach((name, index) => {
      expect(problems[index]).toContain(`parameter properties.${name}`);
    });
  });

  it('tell all of their problems', () => {
    expect(plan({ compresion: 'on', recordsize: '3', 'a:b': '' }).problems).toHaveLength(3);
  });

  it('of hostile names are nothing, and are not repeated at length', () => {
    for (const name of hostileValues) {
      const { native, user, problems } = plan({ [name]: 'on' });

      expect({ ...native, ...user }).toEqual({});
      expect(problems).toHaveLength(1);
      expect(problems[0]?.length).toBeLessThan(400);
    }
  });

  it('never hold what a host could misread, whatever class and claim say', () => {
    expectAlways(
      fc.property(anyText, anyText, anyText, (name, value, label) => {
        const claim = { ...values.claim, labels: { x: label } };
        const parameters = {
          [`properties.${name}`]: value,
          'properties.com.example:x': `${value}{{claim.labels.x}}`,
          'properties.compression': '{{claim.labels.x}}',
        };
        const given = applyOverrides(parameters, {}, 'fast');
        const planned = planProperties(given, {
          values: { ...values, claim },
          allowedProperties: [],
        });

        const entries = Object.entries({ ...planned.native, ...planned.user });
        return entries.every(
          ([key, each]) =>
            /^[a-z0-9][a-z0-9:_.-]*$/.test(key) &&
            !controlCharacter.test(each) &&
            each.isWellFormed() &&
            Buffer.byteLength(each) <= 8191,
        );
      }),
    );
  });
});
