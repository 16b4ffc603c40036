import type { Patient } from '../../src/cli/doctor/patient.ts';
import type { CheckupApi } from '../../src/kube/checkup-api.ts';
import type { Lease } from '../../src/kube/lease.ts';
import { Inventory } from '../../src/provisioner/inventory/inventory.ts';
import type { Examined } from '../../src/cli/doctor/host-checks.ts';
import type { Examination, SeenParent } from '../../src/zfs/examination.ts';
import { instance } from './builders.ts';

const nowMs = Date.UTC(2026, 0, 1);

export function aLease(spec: Partial<Lease['spec']> = {}): Lease {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'zfs-system', name: 'zfs' },
    spec: {
      holderIdentity: 'pod-1_uuid',
      leaseDurationSeconds: 15,
      renewTime: new Date(nowMs - 2000).toISOString(),
      ...spec,
    },
  };
}

/** An API where everything is allowed and one replica leads. */
export function aCheckupApi(change: Partial<CheckupApi> = {}): CheckupApi {
  return {
    serverUrl: 'https://api:6443',
    version: () => Promise.resolve('v1.36.3'),
    listClasses: () => Promise.resolve([]),
    mayI: () => Promise.resolve(true),
    mayAccount: () => Promise.resolve(true),
    leases: () => Promise.resolve([aLease()]),
    accountOfPod: (namespace) => Promise.resolve({ namespace, name: 'zfs' }),
    ...change,
  };
}

export function aPatient(change: Partial<Patient> = {}): Patient {
  return {
    instance,
    settings: { problems: [], warnings: [] },
    hostsFile: undefined,
    api: aCheckupApi(),
    lease: { isUsed: true, name: 'zfs', namespace: undefined },
    classRules: { exportToEveryone: false, allowedParents: [], allowedProperties: [] },
    listsPods: false,
    inventory: new Inventory(),
    placesOf: () => new Map(),
    hosts: {
      doors: {
        dial: () => Promise.reject(new Error('nobody is there')),
        knock: () => Promise.resolve(),
      },
      here: undefined,
      isLocal: () => false,
      commandsOf: () => ({ zfs: 'zfs', chmod: 'chmod', chown: 'chown', setfacl: 'setfacl' }),
      exportsFiles: [],
      channels: 6,
    },
    nonce: () => 'nonce0nonce0',
    close: () => Promise.resolve(),
    ...change,
  };
}

export function aSeenParent(
  properties: Readonly<Record<string, string>> = {},
  change: Partial<SeenParent> = {},
): SeenParent {
  const all = {
    ...{ type: 'filesystem', mounted: 'yes', mountpoint: '/tank/k', readonly: 'off' },
    ...{ canmount: 'on', available: '1073741824', used: '1' },
    ...properties,
  };
  const absent = "cannot open 'tank/k/doctor': dataset does not exist";
  return {
    dataset: 'tank/k',
    ...{ exitCode: 0, said: '' },
    properties: new Map(Object.entries(all)),
    rights: new Map([['zfs', { exitCode: 1, said: absent }]]),
    wouldRun: new Map([['create', { exitCode: 0, said: '' }]]),
    ...change,
  };
}

/** A host that is well. */
export function anExamined(
  change: Partial<Examination> = {},
  how: Partial<Omit<Examined, 'examination'>> = {},
): Examined {
  return {
    host: 'nas-1',
    examination: {
      ...{ isWhole: true, hasBegun: true, doing: undefined, noise: '' },
      clockSeconds: nowMs / 1000,
      system: 'Linux 6.1',
      user: { name: 'zfs', isRoot: false },
      version: { exitCode: 0, said: 'zfs-2.3.9-1\nzfs-kmod-2.3.9-1' },
      exportsFiles: [{ file: '/etc/etab', state: 'readable' }],
      nfs: 'running',
      zpool: { exitCode: 0, said: 'tank\t10%\tONLINE' },
      parents: [aSeenParent()],
      pools: [
        {
          ...{ pool: 'tank', exitCode: 0, said: '' },
          properties: new Map([
            ['used', '10'],
            ['available', '90'],
            ['readonly', 'off'],
          ]),
        },
      ],
      ...change,
    },
    ...{ error: undefined, exitCode: 0, stderr: '', sentAtMs: nowMs, endedAtMs: nowMs + 500 },
    ...how,
  };
}
