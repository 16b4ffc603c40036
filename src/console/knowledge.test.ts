import { beforeEach, describe, expect, it } from '@jest/globals';

import { aClaim, aVolume, instance } from '../../test/support/builders.ts';
import { comparisonOf, parentsOf } from '../../test/support/comparison.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { aDatasetUsage, aHostUsage } from '../../test/support/host-usage.ts';
import { aTrashedDataset } from '../../test/support/trashed.ts';
import type { WaitingWork } from '../controller/waiting-work.ts';
import { MemoryStore } from '../kube/memory-store.ts';
import type { HostCondition } from '../overview/host-views.ts';
import type { Claim, Volume } from '../volume/objects.ts';
import { Changes } from './changes.ts';
import { HiddenNamespaces } from './hidden-namespaces.ts';
import { Knowledge } from './knowledge.ts';
import { KnownReads } from './known-reads.ts';
import type { RecordedEvent } from './recent-events.ts';
import { tableNames } from './reads.ts';
import type { Term } from './term.ts';

const usual = { page: 1, pageSize: 50 };
const rethrow = (thrown: unknown): never => {
  throw thrown;
};

let clock: FakeClock;
let volumes: MemoryStore<Volume>;
let claims: MemoryStore<Claim>;
let changed: string[];
let waiting: WaitingWork[];
let conditions: HostCondition[];
let knowledge: Knowledge;
let reads: KnownReads;

const term: Term = {
  owner: { instance, clusterId: 'cluster-1' },
  hosts: () => ['storage-1', 'storage-2'],
  conditions: () => conditions,
  hung: () => [{ host: 'storage-1', pool: 'tank', scripts: 2 }],
  waiting: () => waiting,
};

beforeEach(() => {
  clock = new FakeClock();
  volumes = new MemoryStore<Volume>(rethrow);
  claims = new MemoryStore<Claim>(rethrow);
  waiting = [];
  conditions = [];
  const changes = new Changes();
  changed = [];
  changes.listen((tables) => changed.push(...tables));
  const hidden = new HiddenNamespaces(['canary']);
  knowledge = new Knowledge({ instance, volumes, claims, hidden, changes, clock });
  reads = new KnownReads({
    ...{ knowledge, instance, version: '1.2.3', replica: 'me', startedAtMs: 5, clock },
    ...{ leader: () => 'the-other', held: () => 1 },
  });
});

function look(volume: Volume): void {
  const datasets = [aDatasetUsage({ refquotaBytes: 5n })];
  const usage = aHostUsage({ ...parentsOf('tank/k8s'), datasets, trash: [aTrashedDataset()] });
  knowledge.surveyed('storage-1', usage);
  knowledge.compared('storage-1', comparisonOf({ volumes: [volume], datasets }));
}

function anEvent(change: Partial<RecordedEvent> = {}): RecordedEvent {
  const target = { kind: 'PersistentVolumeClaim', namespace: 'default', name: 'data' };
  return {
    ...{ type: 'Warning', reason: 'ProvisioningFailed', message: 'no space', target },
    ...{ name: 'data.1', count: 1, lastMs: 7 },
    ...change,
  };
}

const ofCanary = {
  spec: { claimRef: { namespace: 'canary', name: 'canary-claim', uid: 'uid-data' } },
};

describe('a replica that leads', () => {
  const volume = aVolume({ phase: 'Bound' });

  beforeEach(() => {
    knowledge.lead(term);
    volumes.put(volume);
    look(volume);
  });

  it('knows volumes, their drift and their trash', () => {
    expect(reads.table('volumes', usual).items).toMatchObject([
      { volume: 'pvc-uid-data', quotaBytes: 5, drift: ['quota', 'share'] },
    ]);
    expect(reads.table('findings', usual)).toMatchObject({ total: 2 });
    expect(reads.table('trash', usual)).toMatchObject({ items: [{ volume: 'pvc-uid-data' }] });
    expect(reads.table('pools', usual).total).toBe(0);
  });

  it('knows hosts, also those that were never talked to, with the median of their latencies', () => {
    const lastFailure = 'connect ECONNREFUSED';
    conditions = [
      {
        ...{ host: 'storage-2', connected: false, breaker: 'open' },
        ...{ running: 0, queued: 4, retryInMs: 1000, lastFailure },
      },
    ];
    for (const durationMs of [10, 500, 20]) {
      knowledge.execFinished({ host: 'storage-1', durationMs, result: 'ok' });
    }
    knowledge.execFinished({ host: 'storage-2', durationMs: 9, result: 'never-started' });

    expect(reads.table('hosts', usual).items).toEqual([
      {
        ...{ host: 'storage-1', state: 'answers', isConnected: true, latencyMs: 20, volumes: 1 },
        ...{ running: 0, queued: 0, hung: [{ pool: 'tank', commands: 2 }] },
        lookedAtMs: clock.nowMs(),
      },
      {
        ...{ host: 'storage-2', state: 'given-up', isConnected: false, lastFailure, volumes: 0 },
        ...{ running: 0, queued: 4, hung: [], retryAtMs: clock.nowMs() + 1000 },
      },
    ]);
  });

  it('says so when a host could not be looked at, and keeps what was seen', () => {
    knowledge.unseen('storage-1');

    expect(reads.table('hosts', { ...usual, search: 'storage-1' }).items).toMatchObject([
      { state: 'unknown', lastFailure: 'it could not be looked at: the log says why' },
    ]);
    expect(reads.table('volumes', usual).items).toMatchObject([{ quotaBytes: 5 }]);
  });

  it('knows what is said of a volume, the latest first', () => {
    const about = { kind: 'PersistentVolume', name: 'pvc-uid-data' };
    knowledge.eventRecorded(anEvent());
    knowledge.eventRecorded(anEvent({ name: 'data.2', target: about, reason: 'VolumeDrift' }));
    knowledge.eventRecorded(anEvent({ name: 'x', target: { ...about, name: 'another' } }));
    knowledge.eventRecorded(anEvent({ count: 2, lastMs: 8 }));

    expect(reads.volume('pvc-uid-data')).toMatchObject({
      events: [{ reason: 'ProvisioningFailed', count: 2 }, { reason: 'VolumeDrift' }],
      findings: [{ kind: 'quota' }, { kind: 'share' }],
    });
    expect(reads.volume('another')).toBeUndefined();
  });

  it('sums up', () => {
    expect(reads.summary()).toEqual({
      ...{ instance, version: '1.2.3', replica: 'me', isLeader: true, leader: 'the-other' },
      ...{ startedAtMs: 5, nowMs: clock.nowMs(), hosts: 2, volumes: 1, waiting: 0, held: 1 },
      ...{ findings: 2, trash: 1, namespaces: ['default'] },
    });
  });

  it('tells what changed', () => {
    changed.length = 0;
    volumes.put(aVolume({ phase: 'Released' }));
    expect(changed).toEqual(['volumes', 'waiting']);
    expect(reads.table('volumes', usual).items).toMatchObject([{ phase: 'Released' }]);

    changed.length = 0;
    claims.put(aClaim());
    knowledge.eventRecorded(anEvent());
    knowledge.breakerChanged();
    expect(changed).toEqual(['waiting', 'events', 'waiting', 'hosts']);
  });
});

describe('a replica that does not lead', () => {
  it('knows volumes as the API has them, and says who knows the rest', () => {
    volumes.put(aVolume());

    expect(reads.table('volumes', usual).items).toMatchObject([{ phase: 'Released' }]);
    expect(reads.summary()).toMatchObject({ isLeader: false, volumes: 1, hosts: 0 });
    for (const name of tableNames.filter((each) => each !== 'volumes')) {
      expect(() => reads.table(name, usual)).toThrow('only the replica that leads knows this');
    }
    expect(() => reads.table('hosts', { ...usual, sort: 'nothing' })).toThrow('sort is "nothing"');
  });

  it('forgets what it knew when it led', () => {
    knowledge.lead(term);
    look(aVolume());
    knowledge.rest();

    expect(reads.summary()).toMatchObject({ isLeader: false, trash: 0, findings: 0 });
  });
});

describe('a namespace that is hidden', () => {
  it('is in no table, no summary and no search', () => {
    knowledge.lead(term);
    const volume = aVolume({ phase: 'Bound', ...ofCanary });
    volumes.put(volume);
    look(volume);
    const about = { kind: 'PersistentVolume', name: 'pvc-uid-data' };
    const claim = { kind: 'PersistentVolumeClaim', namespace: 'canary', name: 'canary-claim' };
    waiting = [
      {
        ...{ kind: 'claim', namespace: 'canary', name: 'canary-claim', storageClass: 'fast' },
        ...{ host: 'storage-1', sinceMs: 1, code: 'OUT_OF_SPACE', message: 'canary-claim waits' },
        ...{ attempts: 1, nextAttemptAtMs: 9 },
      },
    ];
    knowledge.eventRecorded(anEvent({ target: claim, message: 'canary' }));
    knowledge.eventRecorded(anEvent({ name: '2', target: about, message: 'canary' }));
    volumes.remove(volume);
    knowledge.eventRecorded(anEvent({ name: '3', target: about, message: 'canary' }));
    const unknown = { ...about, name: 'never-seen' };
    knowledge.eventRecorded(anEvent({ name: '4', target: unknown, message: 'canary' }));
    knowledge.eventRecorded(anEvent({ name: '5', message: 'taken by canary/canary-claim' }));
    volumes.put(volume);

    const told = JSON.stringify([
      reads.summary(),
      reads.volume('pvc-uid-data'),
      ...tableNames.map((name) => reads.table(name, usual)),
    ]);

    expect(told).not.toContain('canary');
    expect(reads.table('events', usual).items).toMatchObject([{ message: 'taken by (hidden)' }]);
    expect(reads.table('volumes', { ...usual, search: 'canary' }).total).toBe(0);
    expect(reads.table('volumes', { ...usual, namespace: 'canary' }).total).toBe(0);
    expect(reads.table('waiting', usual).items).toMatchObject([{ name: '(hidden)' }]);
  });
});
