import { beforeAll, describe, expect, it } from '@jest/globals';
import { parameterNames } from '../../src/provisioner/class-parameters.ts';
import { settableProperties } from '../../src/volume/native-properties.ts';
import type { LogMark } from '../bench/storage-host/ssh-log.ts';
import { eventually } from '../bench/eventually.ts';
import { useStage } from '../stage.ts';

/** Nothing is made for any claim here but those named `good`. */
const stage = useStage({
  // Looks at the hosts once, at the start: so every later exec is that of a verb.
  env: { ZFS_USAGE_INTERVAL: '1h', ZFS_EXPORT_TO_EVERYONE: 'true' },
  classes: [{ name: 'nfs' }],
});

type Case = readonly [name: string, value: string];

const hostile: readonly Case[] = [
  ['command', `a'; "$(touch /tmp/pwned)`],
  ['line', 'a\n/etc *(rw)'],
  ['nul', 'a\0b'],
  ['dash', '-rf'],
  ['long', 'a'.repeat(10_000)],
];
const wrong: readonly Case[] = [...hostile, ['empty', ''], ['dots', '../ü']];

/** What is text to a host: nothing but what could end a line is refused for the class. */
const valuesFor = (parameter: string): readonly Case[] => {
  if (parameter === 'shareProperties') {
    return wrong.filter(([name]) => ['line', 'nul', 'long', 'empty'].includes(name));
  }
  return parameter === 'destroySnapshots' ? wrong.filter(([name]) => name !== 'empty') : wrong;
};

let start: LogMark;

beforeAll(async () => {
  await eventually('the survey of the start is done', async () =>
    (await stage().provisioner.metrics()).includes('zfs_provisioner_pool_size_bytes{'),
  );
  start = stage().host.ssh.log.mark();
}, 60_000);

/** The one event that the claim gets, once its class is seen. */
async function rejectionOf(claim: string, about: string): Promise<string> {
  const { message } = await stage().untilEvent(claim, 'ProvisioningFailed', about, 60_000);
  const events = await stage().events(claim);
  expect(events.filter((each) => !each.message.includes('does not exist'))).toHaveLength(1);
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1024);
  return message;
}

async function expectNothingDone(): Promise<void> {
  const { host } = stage();
  expect(host.ssh.log.execsSince(start)).toBe(0);
  expect(host.ssh.log.loginsSince(start)).toBe(0);
  expect((await stage().datasetNames()).filter((name) => name.includes('pvc-'))).toEqual([]);
  expect(await stage().volumes()).toEqual([]);
}

const key = (text: string): string => `${text.toLowerCase().replaceAll(/\W+/g, '-')}-x`;

describe('a class with a hostile value', () => {
  it.each(parameterNames)(
    'for %s: each claim gets one event that names it, and no host is asked',
    async (parameter) => {
      const cases = valuesFor(parameter).map(([name, value]) => ({
        name: key(`${parameter}-${name}`),
        parameters: { [parameter]: value },
      }));
      await Promise.all(
        cases.map(async ({ name, parameters }) => {
          await stage().createClass(name, { parameters });
          await stage().createClaim({ name, className: name });
          await rejectionOf(name, parameter);
        }),
      );

      await expectNothingDone();
    },
  );

  it('for any property of ZFS: one event that names all of them', async () => {
    const properties = settableProperties.map((name) => [`properties.${name}`, '$(reboot)']);
    const parameters = Object.fromEntries(properties.slice(0, 8)) as Record<string, string>;
    await stage().createClass('properties', { parameters });
    await stage().createClaim({ name: 'properties', className: 'properties' });

    const message = await rejectionOf('properties', '$(reboot)');

    for (const name of Object.keys(parameters).slice(0, 3)) expect(message).toContain(name);
    await expectNothingDone();
  });

  it.each([
    ['properties.compresion', 'zstd', 'did you mean compression?'],
    ['properties.compression', 'zsdt', 'did you mean zstd?'],
    ['properties.mountpoint', '/etc', 'cannot be set'],
    ['properties.sharenfs', 'on', 'cannot be set'],
    ['properties.overlay', 'off', 'ZFS_ALLOWED_PROPERTIES'],
    ['properties.zfs-provisioner.io:volume', 'pvc-other', 'by which datasets are known'],
    ['properties.com.example:$(id)', 'x', 'no name of a property'],
    ['properties.keylocation', 'file:///etc/shadow', 'of no use without properties.encryption'],
    ['datasetName', '{{claim.name}}', 'must be different for each volume'],
    ['datasetName', '{{claim.nmae}}', 'claim.namespace, claim.name, claim.uid'],
    ['claimOverrides', 'hostname', 'claims may only have a say in'],
  ])('%s=%s is told: %s', async (parameter, value, why) => {
    const name = key(`told-${parameter}-${value}`);
    await stage().createClass(name, { parameters: { [parameter]: value } });
    await stage().createClaim({ name, className: name });

    await rejectionOf(name, why);
    await expectNothingDone();
  });

  it('in several parameters: one event that names all of them', async () => {
    const parameters = {
      ...{ quota: 'none', mode: '-w', uid: 'root', gid: '-1', acl: 'u:alice:rwx' },
      ...{ datasetName: 'data', claimOverrides: 'node', 'properties.atime': 'yes' },
    };
    await stage().createClass('several', { parameters });
    await stage().createClaim({ name: 'several', className: 'several', size: '1Ki' });

    const message = await rejectionOf('several', 'quota');

    for (const name of ['quota', 'mode', 'uid', 'gid', 'acl', 'datasetName', 'claimOverrides']) {
      expect(message).toContain(name);
    }
    await expectNothingDone();
  });
});

describe('a claim with a hostile annotation', () => {
  it.each(['mode', 'uid', 'gid', 'acl', 'quota', 'reserveSpace', 'compression', 'recordsize'])(
    'for %s gets one event that names it, and no host is asked',
    async (parameter) => {
      const className = key(`overridden-${parameter}`);
      await stage().createClass(className, { parameters: { claimOverrides: parameter } });
      await Promise.all(
        wrong.map(async ([case_, value]) => {
          const name = `${className}-${case_}`;
          const annotations = { [`zfs-provisioner.io/${parameter}`]: value };
          await stage().createClaim({ name, className, annotations });
          await rejectionOf(name, `annotation zfs-provisioner.io/${parameter}`);
        }),
      );

      await expectNothingDone();
    },
  );

  it('that a template would take gets one event, and no host is asked', async () => {
    const parameters = { datasetName: '{{volume.name}}_{{claim.annotations.example.com/x}}' };
    await stage().createClass('templated', { parameters });
    await Promise.all(
      hostile.map(async ([case_, value]) => {
        const name = `templated-${case_}`;
        await stage().createClaim({
          name,
          className: 'templated',
          annotations: { 'example.com/x': case_ === 'dash' ? '../-rf' : value },
        });
        await rejectionOf(name, 'datasetName');
      }),
    );

    await expectNothingDone();
  });

  it('for what is not its to say is told that it is ignored, and gets its volume', async () => {
    await stage().createClass('strict', { parameters: { claimOverrides: 'mode' } });
    const annotations = {
      'zfs-provisioner.io/hostname': 'evil.example.com',
      'zfs-provisioner.io/shareProperties': 'rw=*',
      'zfs-provisioner.io/datasetName': '{{volume.name}}-x',
      'zfs-provisioner.io/uid': '0',
    };

    const volume = await stage().provision({ name: 'good', className: 'strict', annotations });

    expect(volume.spec.nfs?.server).toBe(stage().host.name);
    expect(stage().datasetOf(volume)).toBe(`${stage().host.parentDataset}/${volume.metadata.name}`);
    const { message } = await stage().untilEvent('good', 'UnknownParameter');
    for (const name of Object.keys(annotations)) expect(message).toContain(name);
  });
});
