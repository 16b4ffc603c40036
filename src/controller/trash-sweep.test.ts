import { beforeEach, describe, expect, it } from '@jest/globals';

import { aClass, aVolume, instance } from '../../test/support/builders.ts';
import { FakeClock, settle } from '../../test/support/fake-clock.ts';
import { FakeKube } from '../../test/support/fake-kube.ts';
import { aHostUsage } from '../../test/support/host-usage.ts';
import { aTrashedDataset } from '../../test/support/trashed.ts';
import { World } from '../../test/support/world.ts';
import { KubeUnavailableError } from '../kube/api-error.ts';
import type { ExpiredDataset } from '../provisioner/expired-datasets.ts';
import type { TrashedDataset } from '../zfs/dataset-trash.ts';
import { DatasetBusyError } from '../zfs/dataset-errors.ts';
import { TrashSweep } from './trash-sweep.ts';

const minuteMs = 60_000;

let clock: FakeClock;
let kube: FakeKube;
let swept: string[];
let lines: string[];
let seen: string[];
let isHeld: boolean;
let fails: Map<string, Error>;
let term: AbortController;

beforeEach(() => {
  clock = new FakeClock(Date.UTC(2026, 0, 9));
  kube = new FakeKube();
  [swept, lines, seen] = [[], [], []];
  isHeld = false;
  fails = new Map();
  term = new AbortController();
});

function aSweep(intervalMs = minuteMs): TrashSweep {
  const line = (fields: object, message: string): void => {
    const { volume = '', reason = '' } = fields as { volume?: string; reason?: string };
    lines.push(`${message}: ${volume} ${reason}`.trim());
  };
  return new TrashSweep({
    ...{ instance, clusterId: 'cluster-1', intervalMs, clock, kube, volumes: kube.volumes },
    isHeld: () => isHeld,
    provisioner: {
      sweep: ({ volumeName }: ExpiredDataset) => {
        const error = fails.get(volumeName);
        if (error !== undefined) return Promise.reject(error);
        swept.push(volumeName);
        return Promise.resolve('destroyed');
      },
    },
    observe: {
      trashSeen: (host, trash, expired) => seen.push(`${host} ${trash.length} ${expired}`),
      trashUnseen: (host) => seen.push(`${host} unseen`),
      trashSwept: (host) => seen.push(`${host} swept`),
    },
    log: { debug: line, info: line, warn: line, error: line },
  });
}

function named(name: string, change: Partial<TrashedDataset> = {}): TrashedDataset {
  const dataset = `tank/k8s/.trash/${name}-20260101T000000Z`;
  return aTrashedDataset({ volumeName: name, dataset, ...change });
}

async function lead(sweep: TrashSweep, trash: readonly TrashedDataset[]): Promise<void> {
  sweep.run(term.signal);
  sweep.surveyed('storage-1', { trash });
  await settle();
}

describe('the sweep', () => {
  it('destroys what has expired, one in each interval, and nothing else', async () => {
    const trash = [named('a'), named('b'), named('c', { expiresAtMs: Date.UTC(2026, 0, 10) })];

    await lead(aSweep(), trash);

    expect(swept).toEqual(['a']);
    expect(seen).toEqual(['storage-1 3 2', 'storage-1 swept']);
    await clock.advance(minuteMs - 1);
    expect(swept).toEqual(['a']);
    await clock.advance(1);
    expect(swept).toEqual(['a', 'b']);
    await clock.advance(10 * minuteMs);
    expect(swept).toEqual(['a', 'b']);
  });

  it('keeps its pace when surveys come more often', async () => {
    const sweep = aSweep();
    await lead(sweep, [named('a'), named('b')]);

    for (let survey = 0; survey < 5; survey++) {
      sweep.surveyed('storage-1', { trash: [named('b'), named('c')] });
      await clock.advance(1000);
    }

    expect(swept).toEqual(['a']);
    await clock.advance(minuteMs);
    expect(swept).toEqual(['a', 'b']);
  });

  it('does not make one host wait for another', async () => {
    const sweep = aSweep();
    await lead(sweep, [named('a'), named('b')]);

    sweep.surveyed('storage-2', { trash: [named('other', { host: 'storage-2' })] });
    await settle();

    expect(swept).toEqual(['a', 'other']);
  });

  it('does nothing before this replica leads, and nothing afterwards', async () => {
    const sweep = aSweep();
    sweep.surveyed('storage-1', { trash: [named('a')] });
    await settle();
    expect(swept).toEqual([]);

    sweep.run(term.signal);
    await settle();
    expect(swept).toEqual(['a']);
    term.abort();
    sweep.surveyed('storage-1', { trash: [named('b')] });
    await clock.advance(10 * minuteMs);

    expect(swept).toEqual(['a']);
  });

  it('only counts where the setting says never', async () => {
    await lead(aSweep(0), [named('a')]);

    expect(swept).toEqual([]);
    expect(seen).toEqual(['storage-1 1 1']);
  });

  it('counts none but its own', async () => {
    const others = [named('x', { clusterId: 'cluster-2' }), named('y', { instance: undefined })];

    await lead(aSweep(), others);

    expect(swept).toEqual([]);
    expect(seen).toEqual(['storage-1 0 0']);
  });

  it('has no numbers of a host that does not answer, and sweeps nothing there', async () => {
    const sweep = aSweep();
    await lead(sweep, [named('a'), named('b')]);

    sweep.unreachable('storage-1');
    await clock.advance(minuteMs);

    expect(swept).toEqual(['a']);
    expect(seen.at(-1)).toBe('storage-1 unseen');
  });
});

describe('the sweep leaves', () => {
  it('everything while the guard holds', async () => {
    const sweep = aSweep();
    isHeld = true;
    await lead(sweep, [named('a')]);
    expect(swept).toEqual([]);

    isHeld = false;
    sweep.surveyed('storage-1', { trash: [named('a')] });
    await settle();
    expect(swept).toEqual(['a']);
  });

  it('what a volume is there for again, told once', async () => {
    kube.addVolume(aVolume({ name: 'a', phase: 'Bound' }));
    const sweep = aSweep();

    await lead(sweep, [named('a'), named('b')]);
    await clock.advance(2 * 3_600_000);
    sweep.surveyed('storage-1', { trash: [named('a')] });
    await settle();

    expect(swept).toEqual(['b']);
    expect(lines.filter((line) => line.includes('kept'))).toEqual([
      'expired dataset kept: a volume a is there',
    ]);
  });

  it('what a volume is there for that the watch has not shown yet', async () => {
    kube.liveVolumes.set('a', aVolume({ name: 'a' }));

    await lead(aSweep(), [named('a')]);

    expect(swept).toEqual([]);
  });

  it('what a volume of another name uses in the trash', async () => {
    const annotations = {
      'zfs.pv.kubernetes.io/zfs-dataset-path': 'tank/k8s/.trash/a-20260101T000000Z',
    };
    kube.addVolume(aVolume({ name: 'by-hand', phase: 'Bound', annotations }));

    await lead(aSweep(), [named('a')]);

    expect(swept).toEqual([]);
  });

  it('what nobody can tell whether a volume is there for', async () => {
    const error = new KubeUnavailableError('the API server is away', {
      outcomeUnknown: false,
      retryAfterMs: undefined,
    });
    kube.fail('getVolume', { when: 'before', error });

    await lead(aSweep(), [named('a')]);

    expect(swept).toEqual([]);
  });

  it('what is held, for an hour, and goes on with the others', async () => {
    const held = new DatasetBusyError({ host: 'storage-1', dataset: 'x' }, 'a hold keeps it');
    fails.set('a', held);
    const trash = [named('a'), named('b')];
    const sweep = aSweep();

    await lead(sweep, trash);
    for (let minute = 0; minute < 59; minute++) {
      await clock.advance(minuteMs);
      sweep.surveyed('storage-1', { trash: [named('a')] });
    }
    expect(swept).toEqual(['b']);
    fails.clear();
    await clock.advance(2 * minuteMs);
    sweep.surveyed('storage-1', { trash: [named('a')] });
    await settle();

    expect(swept).toEqual(['b', 'a']);
    expect(lines.filter((line) => line.includes('a hold keeps it'))).toHaveLength(1);
  });
});

describe('a controller that leads', () => {
  it('sweeps what its surveys find, on the host that they found it on', async () => {
    const world = new World();
    world.kube.classes.put(aClass());
    const expiresAtMs = world.clock.nowMs();
    const trash = [aTrashedDataset({ expiresAtMs }), aTrashedDataset({ clusterId: 'other' })];
    world.zfs.usage = aHostUsage({ asked: ['tank/k8s'], trash });

    await world.start();

    const { dataset } = aTrashedDataset();
    const changes = world.zfs.calls.filter((call) => !call.startsWith('scan'));
    expect(changes).toEqual([`destroy storage-1:${dataset}`]);
    expect(world.counted).toContain('swept storage-1');
    await world.stop();
  });
});
