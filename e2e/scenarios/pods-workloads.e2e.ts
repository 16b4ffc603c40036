import { describe, expect, it } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { eventually } from '../bench/eventually.ts';
import { claimVolume, endPod, inPod, nodeOfPod, realPodSpec, untilRunning } from '../pods.ts';
import { useStage } from '../stage.ts';

/** Both nodes take pods; the pool is on one of them. */
const stage = useStage({
  kubelets: { 'storage-1': ['storage-1'], 'node-2': [] },
  classes: [{ name: 'local', type: 'local' }],
});

const claimSpec = {
  storageClassName: 'local',
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '16Mi' } },
};

function workload(kind: string, name: string, volume: object | undefined, spec: object): string {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: realPodSpec(volume) };
  const metadata = { name };
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind,
    metadata,
    spec: { selector: { matchLabels: labels }, template, ...spec },
  });
}

async function podsOf(app: string): Promise<readonly string[]> {
  const names = await stage().bench.kubectl('get', 'pods', '-l', `app=${app}`, '-o', 'name');
  return names
    .trim()
    .split('\n')
    .map((name) => name.replace('pod/', ''));
}

describe('a StatefulSet with a claim template', () => {
  const replicas = ['database-0', 'database-1', 'database-2'];
  const claims = replicas.map((name) => `volume-${name}`);
  const scale = (count: number): Promise<string> =>
    stage().bench.kubectl('scale', 'statefulset/database', `--replicas=${count}`);
  let volumes: readonly Volume[] = [];

  it('gives each of its replicas a dataset of its own', async () => {
    await stage().bench.apply(
      workload('StatefulSet', 'database', undefined, {
        serviceName: 'database',
        replicas: 3,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
        volumeClaimTemplates: [{ metadata: { name: 'volume' }, spec: claimSpec }],
      }),
    );
    for (const replica of replicas) {
      await eventually(`${replica} is made`, async () =>
        (await podsOf('database')).includes(replica),
      );
      expect(await untilRunning(stage(), replica)).toBe('storage-1');
      await inPod(stage(), replica, `echo ${replica} >/data/name`);
    }

    volumes = await Promise.all(claims.map((claim) => stage().untilBound(claim)));
    expect(new Set(volumes.map((volume) => stage().datasetOf(volume))).size).toBe(3);
  });

  it('finds its data again after it was scaled down and up', async () => {
    await scale(1);
    await eventually('one replica is left', async () => (await podsOf('database')).length === 1);
    expect((await stage().volumes()).map(({ status }) => status?.phase)).toEqual(
      claims.map(() => 'Bound'),
    );

    await scale(3);
    for (const replica of replicas) {
      await eventually(`${replica} is made`, async () =>
        (await podsOf('database')).includes(replica),
      );
      await untilRunning(stage(), replica);
      expect((await inPod(stage(), replica, 'cat /data/name')).stdout).toBe(`${replica}\n`);
    }
  });

  it('takes the datasets along when it is deleted and said so', async () => {
    await stage().bench.kubectl('delete', 'statefulset', 'database');

    await Promise.all(volumes.map(({ metadata }) => stage().untilVolumeGone(metadata.name)));
    expect(await stage().datasetNames()).toEqual([]);
  });
});

describe('a generic ephemeral volume', () => {
  it('comes and goes with its pod', async () => {
    const ephemeral = { volumeClaimTemplate: { spec: claimSpec } };
    const spec = realPodSpec({ name: 'volume', ephemeral });
    const metadata = { name: 'scratch' };
    await stage().bench.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec }));

    expect(await untilRunning(stage(), 'scratch')).toBe('storage-1');
    await inPod(stage(), 'scratch', 'echo x >/data/file');
    const volume = await stage().untilBound('scratch-volume');
    expect(await stage().datasetNames()).toEqual([stage().datasetOf(volume)]);

    await endPod(stage(), 'scratch');
    await stage().untilVolumeGone(volume.metadata.name);
    expect(await stage().datasetNames()).toEqual([]);
  });
});

describe('a Deployment', () => {
  const runningPod = async (): Promise<string> => {
    const [pod = ''] = await eventually('the Deployment has its pod', () => podsOf('site'), {
      until: (pods) => pods.length === 1 && pods[0] !== '',
    });
    expect(await untilRunning(stage(), pod)).toBe('storage-1');
    return pod;
  };

  it('has its data again in the pod that takes the place of another', async () => {
    await stage().createClaim({ name: 'site', className: 'local' });
    await stage().bench.apply(
      workload('Deployment', 'site', claimVolume('site'), { strategy: { type: 'Recreate' } }),
    );
    const first = await runningPod();
    await inPod(stage(), first, 'echo kept >/data/page');

    await endPod(stage(), first);
    const second = await runningPod();

    expect(second).not.toBe(first);
    expect((await inPod(stage(), second, 'cat /data/page')).stdout).toBe('kept\n');
  });

  it('does not move to a node that the volume is not on', async () => {
    await stage().bench.kubectl('cordon', 'storage-1');
    const [running = ''] = await podsOf('site');
    await endPod(stage(), running);

    const waiting = await eventually('the next pod is made', async () => {
      const [pod = ''] = await podsOf('site');
      return pod !== '' && pod !== running && pod;
    });
    const refused = ['--for=condition=PodScheduled=False', '--timeout=20s'];
    await stage().bench.kubectl('wait', `pod/${waiting}`, ...refused);
    expect(await nodeOfPod(stage(), waiting)).toBeUndefined();

    await stage().bench.kubectl('uncordon', 'storage-1');
    expect(await untilRunning(stage(), waiting)).toBe('storage-1');
    expect((await inPod(stage(), waiting, 'cat /data/page')).stdout).toBe('kept\n');
  });
});
