import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';

import { aClaim, aClass, aVolume, instance } from '../../test/support/builders.ts';
import { anIdentity } from '../../test/support/fake-zfs.ts';
import { injection } from '../../test/support/hostile.ts';
import { ScriptBatch } from '../../test/support/script-batch.ts';
import { ProvisionerError } from '../errors.ts';
import type { HostScript, ScriptResult, ScriptRunner } from '../host/command.ts';
import { settableProperties } from '../volume/native-properties.ts';
import { OutputUnreadableError } from '../zfs/dataset-errors.ts';
import { RemoteZfs } from '../zfs/remote-zfs.ts';
import { parameterNames } from './class-parameters.ts';
import { HostAccess } from './host-access.ts';
import { commandsOf } from './inventory/host-commands.ts';
import { parseHostsFile } from './inventory/hosts-file.ts';
import { Inventory } from './inventory/inventory.ts';
import { Provisioner } from './provisioner.ts';
import { planDeletion } from './volume-deletion.ts';
import type { RequestRules } from './volume-request.ts';
import { planVolume } from './volume-request.ts';

// Thousands of small processes: slow where the machine is busy.
jest.setTimeout(300_000);

const seed = Date.now() % 2 ** 31;
const values = fc.sample(injection, { numRuns: 3000, seed });
/** A NUL cannot travel: quote() refuses it. Where names come from the API, they never have one. */
const withoutNul = (value: string): string => value.replaceAll('\0', '');

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

/** Keeps what would have been sent. */
class Collector implements ScriptRunner {
  readonly scripts: HostScript[] = [];

  run(host: string, script: HostScript): Promise<ScriptResult> {
    this.scripts.push(script);
    return Promise.reject(new OutputUnreadableError({ host, dataset: '' }, 'only collected'));
  }
}

const collector = new Collector();
const batch = new ScriptBatch();
const zfs = new RemoteZfs({
  runner: collector,
  zfsCommand: batch.zfsCommand,
  chmodCommand: `${batch.toolCommand} chmod`,
  chownCommand: `${batch.toolCommand} chown`,
  setfaclCommand: `${batch.toolCommand} setfacl`,
  exportsFiles: ['/nowhere'],
  operationTimeoutMs: 100,
  nonce: () => 'nonce0nonce0',
});
const hosts = new Set(['storage-1', ...values]);
const access = new HostAccess([...hosts], () => []);
const provisioner = new Provisioner({
  ...{ zfs, access, instance, clusterId: 'cluster-1', defaultMode: 'g+w', nowMs: () => 0 },
});
const signal = new AbortController().signal;
const refused = new Map<string, number>();

/** Whatever is refused is refused by an error of ours that is no mistake of ours. */
async function attempt(what: string, act: () => Promise<unknown> | undefined): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof ProvisionerError)) throw error;
    // A NUL that came as far as quote() would be a mistake: it cannot be sent.
    if (error.code === 'BUG') throw new Error(`${what}, seed ${seed}`, { cause: error });
    if (!(error instanceof OutputUnreadableError)) refused.set(what, (refused.get(what) ?? 0) + 1);
  }
}

function provision(claim: Parameters<typeof aClaim>[0], parameters: Record<string, string>) {
  const planned = planVolume(aClaim(claim), aClass({ parameters }), rules);
  return planned.kind === 'request' ? provisioner.provision(planned.request, signal) : undefined;
}

const parameters = [
  ...parameterNames.filter((name) => !name.includes('<')),
  ...settableProperties.map((name) => `properties.${name}`),
  ...['properties.x:note', 'properties.x:other'],
];
const templates = {
  datasetName: '{{claim.annotations.x}}-{{volume.name}}',
  'properties.x:note': 'by {{claim.annotations.x}} {{claim.name}}',
};

const inputs: Readonly<
  Record<string, (value: string, index: number) => Promise<unknown> | undefined>
> = {
  'parameters of a class': (value, index) => {
    const name = parameters[index % parameters.length] ?? '';
    return provision({}, { [name]: value, 'properties.x:any': value });
  },
  'properties of a class': (value) => provision({}, { 'properties.x:any': value }),
  'names of properties': (value) => provision({}, { [`properties.${value}`]: 'on' }),
  'what templates are filled with': (value) => provision({ annotations: { x: value } }, templates),
  'names of claims': (value) => provision({ name: value, uid: value }, templates),
  'annotations of a claim': (value) =>
    provision(
      { annotations: { 'zfs-provisioner.io/mode': value, 'zfs-provisioner.io/onDelete': value } },
      { claimOverrides: 'mode,uid,gid,acl,onDelete' },
    ),
  'share options': (value) => provision({}, { shareProperties: value, shareClients: 'everyone' }),
  'annotations of a volume': (value, index) => {
    const keys = ['zfs-dataset-path', 'zfs-host', 'destroy-snapshots'];
    const key = keys[index % keys.length] ?? '';
    const dataset = key === 'zfs-dataset-path' ? `tank/k8s/${value}` : value;
    const annotations = {
      [`zfs.pv.kubernetes.io/${key}`]: dataset,
      'zfs-provisioner.io/parent-guid': value,
    };
    const volume = aVolume({ name: key === 'zfs-dataset-path' ? value : 'pvc-1', annotations });
    return provisioner.remove(planDeletion(volume, []), signal);
  },
  'a volume that goes to the trash': (given) => {
    const value = withoutNul(given);
    const location = {
      host: value,
      dataset: `tank/k/${value}`,
      identity: { ...anIdentity, volumeName: value },
    };
    return zfs.trash({
      ...location,
      parentGuid: value,
      mountpoint: value,
      trashedAtMs: 0,
      expiresAtMs: 9,
    });
  },
  'a dataset that is restored': (value) =>
    zfs.restore({
      host: 'nas-1',
      dataset: `tank/k/.trash/${value}`,
      identity: anIdentity,
      restoredAs: `tank/k/${value}`,
    }),
  'a dataset that is repaired': (value) =>
    zfs.repair({
      ...{ host: 'nas-1', dataset: 'tank/k/pvc-1', identity: anIdentity },
      repairs: [
        { kind: 'share', sharenfs: value },
        { kind: 'mountpoint', mountpoint: `/${value}` },
      ],
    }),
  'the hosts file': (value, index) => {
    const field = [
      { zfs: `/${value}` },
      { name: value },
      { parents: [{ dataset: `tank/${value}` }] },
    ][index % 3];
    const [host] = parseHostsFile(JSON.stringify({ hosts: [{ name: 'nas-1', ...field }] }));
    const own = commandsOf(host)?.zfs ?? 'fake_zfs';
    if (!/^(sudo -H )?\/[A-Za-z0-9/_.@+-]+$|^fake_zfs$/.test(own))
      throw new Error(`it would run ${own}`);
    return zfs.scan('nas-1', host?.parents?.map(({ dataset }) => dataset) ?? []);
  },
};

describe('hostile input of every kind', () => {
  const entries = Object.entries(inputs);
  beforeAll(async () => {
    for (const [index, value] of values.entries()) {
      const [what, act] = entries[index % entries.length] ?? ['', () => undefined];
      await attempt(what, () => act(value, Math.floor(index / entries.length)));
    }
    for (let start = 0; start < collector.scripts.length; start += 50) {
      batch.run(collector.scripts.slice(start, start + 50));
    }
  });
  afterAll(() => {
    batch.remove();
  });

  it('runs nothing on the host, and writes nowhere', () => {
    expect([seed, ...batch.traces]).toEqual([seed]);
    expect(collector.scripts.length).toBeGreaterThan(200);
  });

  it('comes, where it is not refused, as words of no other command than asked for', () => {
    const verbs = new Set(batch.given.map(([verb = '']) => verb));

    expect([...verbs].filter((verb) => !/^([a-z]*)$/.test(verb))).toEqual([]);
    expect(batch.given.flat().filter((word) => word.includes('\0'))).toEqual([]);
  });

  it.each([
    'parameters of a class',
    'names of properties',
    'what templates are filled with',
    'annotations of a volume',
    'the hosts file',
  ])('%s: most of it is refused before anything is sent', (what) => {
    expect([seed, (refused.get(what) ?? 0) > 100]).toEqual([seed, true]);
  });
});
