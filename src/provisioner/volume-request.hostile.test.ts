import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { aClaim, aClass, instance } from '../../test/support/builders.ts';
import {
  anyText,
  controlCharacter,
  expectAlways,
  hostileValues,
} from '../../test/support/hostile.ts';
import { InvalidRequestError, ProvisionerError } from '../errors.ts';
import { problemWithDatasetName } from '../volume/dataset-name.ts';
import { settableProperties } from '../volume/native-properties.ts';
import { recordOf } from '../volume/volume-record.ts';
import { parameterNames } from './class-parameters.ts';
import { Inventory } from './inventory/inventory.ts';
import type { RequestRules, VolumeRequest } from './volume-request.ts';
import { planVolume } from './volume-request.ts';

const rules: RequestRules = {
  instance,
  allowedParents: [],
  allowedProperties: [],
  spaceLimits: { maxFullnessPercent: undefined, maxOvercommit: undefined },
  sharing: { exportToEveryone: true, nodeAddresses: () => ['192.0.2.1'] },
  inventory: new Inventory(),
  choosePlace: ({ places }) => ({ place: places[0], skipped: [] }),
  nodes: { byName: () => undefined, byHostname: () => undefined },
};

interface Asked {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The request, or every problem. Anything else that is thrown is a mistake of ours. */
function plan({ parameters = {}, annotations = {} }: Asked): VolumeRequest | readonly string[] {
  try {
    const planned = planVolume(aClaim({ annotations }), aClass({ parameters }), rules);
    return planned.kind === 'request' ? planned.request : [planned.reason];
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.problems;
    if (error instanceof ProvisionerError && error.code !== 'BUG') return [error.message];
    throw error;
  }
}

/** Nothing in it could be taken by a host for anything else than it is. */
function isHarmless(request: VolumeRequest): boolean {
  const { host, dataset, nativeProperties, userProperties, ownership, sharing } = request;
  const record = recordOf(request, request.sizeBytes, 0);
  const options = sharing.kind === 'on' ? [sharing.options.linux, sharing.options.freebsd] : [];
  const texts = [nativeProperties, userProperties, record].flatMap((each) => Object.values(each));
  const words = [ownership.mode ?? '', ...ownership.acl];
  return (
    /^[A-Za-z0-9][A-Za-z0-9._:-]*$/.test(host) &&
    problemWithDatasetName(dataset) === undefined &&
    Object.keys(nativeProperties).every((name) => settableProperties.includes(name)) &&
    [...texts, ...options, ...request.mountOptions].every((text) => !controlCharacter.test(text)) &&
    words.every((word) => /^[A-Za-z0-9=+,:@_-]*$/.test(word) && !word.startsWith('-'))
  );
}

const names = [...parameterNames, ...settableProperties.map((name) => `properties.${name}`)];
/** Any text is a value of these: what is wrong with it, the host says. */
const takesText = new Set(['shareProperties']);

describe('a hostile value', () => {
  it.each(names)('of parameter %s is refused, or harmless', (name) => {
    const planned = hostileValues.map((value) => plan({ parameters: { [name]: value } }));

    expect(planned.filter((each) => 'host' in each && !isHarmless(each))).toEqual([]);
    const messages = planned.flatMap((each) => ('host' in each ? [] : [each.join('; ')]));
    expect(messages.filter((message) => message.length > 2000)).toEqual([]);
  });

  it.each(names.filter((name) => !takesText.has(name)))(
    'of parameter %s with quotes, a command or a line break is never obeyed',
    (name) => {
      for (const value of ["a'; reboot; '", '$(reboot)', '`reboot`', 'a\nb', 'a\0b', '-rf']) {
        expect(plan({ parameters: { [name]: value } })).not.toHaveProperty('host');
      }
    },
  );

  it('in an annotation of the claim is refused, or harmless', () => {
    const overrides = 'reserveSpace,destroySnapshots,quota,mode,uid,gid,acl,compression,recordsize';
    expectAlways(
      fc.property(fc.constantFrom(...overrides.split(',')), anyText, (name, value) => {
        const planned = plan({
          parameters: { claimOverrides: overrides },
          annotations: { [`zfs-provisioner.io/${name}`]: value },
        });
        return !('host' in planned) || isHarmless(planned);
      }),
    );
  });

  it('of any parameters at once is refused, or harmless', () => {
    const values = fc.dictionary(fc.oneof(fc.constantFrom(...names), anyText), anyText, {
      maxKeys: 5,
    });
    expectAlways(
      fc.property(values, (parameters) => {
        const planned = plan({ parameters });
        return 'host' in planned ? isHarmless(planned) : planned.length > 0;
      }),
    );
  });
});
