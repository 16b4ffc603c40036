import { beforeAll, describe, expect, it } from '@jest/globals';
import type {
  EventView,
  FindingView,
  HostView,
  PoolView,
  SummaryView,
  TrashView,
  VolumeView,
  WaitingView,
} from '../../src/overview/views.ts';
import { eventually } from '../bench/eventually.ts';
import { untilLeading } from '../replica-pair.ts';
import { useStage } from '../stage.ts';
import { consoleToken, StatusPage } from '../status-page.ts';

const stage = useStage({
  hosts: ['storage-1', 'storage-2'],
  classes: [{ name: 'nfs' }],
  provisioner: false,
});

const env = { ZFS_USAGE_INTERVAL: '1s', ZFS_CONSOLE_HIDDEN_NAMESPACES: 'secret-*' };
const patient = { timeoutMs: 40_000 };
const tables = ['hosts', 'pools', 'volumes', 'waiting', 'events', 'trash', 'findings'] as const;
const canary = 'canary';

let leader: StatusPage;
let standby: StatusPage;

beforeAll(async () => {
  leader = await StatusPage.start(stage(), env);
  await untilLeading(leader.replica);
  standby = await StatusPage.start(stage(), env);
  await stage().createClass('trash', { parameters: { onDelete: 'trash' } });
  await stage().createClass('elsewhere', { parameters: { hostname: 'storage-2' } });
}, 60_000);

/** Resolves with the first row of a table that is as wanted. */
async function untilRow<T>(path: string, isWanted: (row: T) => boolean): Promise<T> {
  return eventually(
    `a row of ${path}`,
    async () => {
      const rows = await leader.rows<T>(path);
      const found = rows.find(isWanted);
      if (found === undefined) throw new Error(JSON.stringify(rows));
      return found;
    },
    patient,
  );
}

describe('the JSON of the status page', () => {
  it('tells of a volume what the API and its host know, and its events', async () => {
    const volume = await stage().provision({ name: 'seen', className: 'nfs' });
    const { name } = volume.metadata;

    const row = await untilRow<VolumeView>(
      'volumes?search=SEEN',
      ({ usedBytes }) => usedBytes !== undefined,
    );

    expect(row).toMatchObject({
      ...{ volume: name, phase: 'Bound', namespace: 'default', claim: 'seen', type: 'nfs' },
      ...{ host: 'storage-1', dataset: stage().datasetOf(volume), storageClass: 'nfs' },
      ...{ capacityBytes: 2 ** 26, quotaBytes: 2 ** 26, usedBySnapshotsBytes: 0, drift: [] },
      ...{
        accessModes: expect.arrayContaining(['ReadWriteOnce']),
        reclaimPolicy: 'Delete',
        share: expect.anything(),
      },
    });
    expect(row.usedBytes).toBeLessThan(2 ** 20);
    expect(Math.abs(Date.now() - row.createdAtMs)).toBeLessThan(120_000);
    const details = await leader.read<{ events: readonly EventView[] }>(`volumes/${name}`);
    expect(details.events[0]).toMatchObject({ reason: 'ProvisioningSucceeded', name: 'seen' });
    const [pool] = await leader.rows<PoolView>('pools?search=storage-1');
    expect(pool).toMatchObject({ pool: stage().host.pool, sizeBytes: expect.any(Number) });
    expect(pool?.parents).toMatchObject([{ dataset: stage().host.parentDataset }]);
  });

  it('tells why a claim waits and when it is tried again, and that its host is down', async () => {
    await untilRow<HostView>(
      'hosts',
      ({ host, state }) => host === 'storage-2' && state === 'answers',
    );
    await stage().bench.hosts[1]?.ssh.stop();
    await stage().createClaim({ name: 'waits', className: 'elsewhere' });

    const row = await untilRow<WaitingView>('waiting', ({ name, attempts }) => {
      return name === 'waits' && attempts > 0;
    });

    expect(row).toMatchObject({
      ...{ kind: 'claim', namespace: 'default', storageClass: 'elsewhere', host: 'storage-2' },
      ...{ code: 'HOST_UNREACHABLE', message: expect.stringContaining('storage-2') },
    });
    expect(row.nextAttemptAtMs).toBeGreaterThan(row.sinceMs);
    const down = await untilRow<HostView>('hosts', ({ state }) => state === 'given-up');
    expect(down).toMatchObject({ host: 'storage-2', isConnected: false });
    expect(down.lastFailure).toContain('storage-2');
    const up = await untilRow<HostView>('hosts?search=storage-1', () => true);
    expect(up).toMatchObject({ state: 'answers', isConnected: true, volumes: 1 });
    expect(up.latencyMs).toBeGreaterThan(0);
  });

  it('tells what is in the trash, and what is not as it was promised', async () => {
    const trashed = await stage().provision({ name: 'trashed', className: 'trash' });
    const { name } = trashed.metadata;
    await stage().deleteClaim('trashed');
    await stage().untilVolumeGone(name);

    const row = await untilRow<TrashView>('trash', ({ claim }) => claim === 'trashed');
    expect(row).toMatchObject({ host: 'storage-1', volume: name, namespace: 'default' });
    expect(row.expiresAtMs).toBeGreaterThan(row.trashedAtMs ?? Infinity);

    const [volume] = await leader.rows<VolumeView>('volumes?search=seen');
    await stage().host.zfs('set', 'refquota=none', volume?.dataset ?? '');
    const finding = await untilRow<FindingView>('findings', ({ kind }) => kind === 'quota');
    expect(finding).toMatchObject({
      ...{ claim: 'seen', expected: 'refquota=67108864', actual: 'refquota=none' },
    });
    const seen = await untilRow<VolumeView>('volumes?sort=-drift', ({ claim }) => claim === 'seen');
    expect(seen.drift).toEqual(['quota']);
    const event = await untilRow<EventView>('events', ({ reason }) => reason === 'VolumeDrift');
    expect(event).toMatchObject({ type: 'Warning', kind: 'PersistentVolume', count: 1 });
    const summary = await leader.read<SummaryView>('summary');
    expect(summary).toMatchObject({ isLeader: true, hosts: 2, volumes: 1, findings: 1, trash: 1 });
    expect(summary.waiting).toBeGreaterThanOrEqual(1);
  });

  it('tells of a change within 2 seconds', async () => {
    const { body } = await leader.get('/console/api/stream');
    if (body === null) throw new Error('the stream has no body');
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    let heardAt = Infinity;
    const hearing = (async () => {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        heard += value;
        if (value.includes('"volumes"')) heardAt = Math.min(heardAt, performance.now());
      }
    })();
    const startedAt = performance.now();

    await stage().provision({ name: 'heard', className: 'nfs' });
    const boundAt = performance.now();
    await eventually('it is told', () => Number.isFinite(heardAt));

    expect(heardAt).toBeGreaterThan(startedAt);
    expect(heardAt - boundAt).toBeLessThan(2_000);
    expect(heard).toMatch(/^event: changed\ndata: \[("[a-z]+",?)+\]$/m);
    await reader.cancel();
    await hearing;
  });
});

describe('what is hidden', () => {
  it('is nowhere: neither in JSON nor on a page nor in a search', async () => {
    const { api } = stage().bench.controlPlane;
    const namespace = `secret-${canary}`;
    await stage().bench.ensureNamespace(namespace);
    await stage().createClass('named', {
      parameters: { datasetName: '{{volume.name}}_{{claim.namespace}}_{{claim.name}}' },
    });
    const claimNamed = (name: string, storageClassName: string): object => ({
      ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name } },
      spec: {
        ...{ storageClassName, accessModes: ['ReadWriteOnce'] },
        resources: { requests: { storage: '64Mi' } },
      },
    });
    const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
    for (const [name, className] of [
      [`${canary}-claim`, 'named'],
      [`${canary}-waits`, 'elsewhere'],
      [`${canary}-wrong`, 'nothing-of-that-name'],
    ] as const) {
      await api.call(path, { method: 'POST', body: claimNamed(name, className) });
    }
    const volume = await eventually(
      'its volume is there',
      async () => {
        const all = await stage().volumes();
        return all.find(({ spec, status }) => {
          return spec.claimRef?.namespace === namespace && status?.phase === 'Bound';
        });
      },
      patient,
    );
    expect(stage().datasetOf(volume)).toContain(canary);
    await stage().host.zfs('set', 'refquota=none', stage().datasetOf(volume));
    const { name } = volume.metadata;

    await untilRow<FindingView>('findings', (finding) => finding.volume === name);
    await untilRow<WaitingView>('waiting', (row) => row.name === '(hidden)');

    const paths = [
      ...['/console', '/console/api/summary', `/console/api/volumes/${name}`],
      ...tables.flatMap((table) => [`/console/api/${table}?pageSize=500`, `/console/${table}`]),
      `/console/volumes/${name}`,
    ];
    for (const page of [leader, standby]) {
      for (const each of paths) {
        const text = await (await page.get(each)).text();
        expect(text).not.toContain(canary);
        expect(text).not.toContain(consoleToken);
      }
      for (const query of [`search=${canary}`, `namespace=${namespace}`]) {
        expect(await page.rows(`volumes?${query}`)).toEqual([]);
      }
    }
    const [row] = await leader.rows<VolumeView>(`volumes?search=${name}`);
    expect(row?.dataset).toBe(`${stage().host.parentDataset}/(hidden)`);
  });

  it('is everything, without the token', async () => {
    for (const path of ['/', '/console', '/console/api/volumes', '/console/api/stream']) {
      for (const token of ['', 'another-token-entirely']) {
        const response = await leader.get(path, token);
        expect(response.status).toBe(401);
        expect(await response.text()).not.toContain('storage-1');
      }
    }
  });
});

describe('a replica that does not lead', () => {
  it('tells volumes and who leads, and refuses what it cannot know', async () => {
    const { replica } = await leader.read<SummaryView>('summary');

    const summary = await standby.read<SummaryView>('summary');
    expect(summary).toMatchObject({ isLeader: false, leader: replica });
    expect(summary.replica).not.toBe(replica);
    expect(await standby.rows('volumes?search=seen')).toHaveLength(1);
    for (const table of ['hosts', 'pools', 'waiting', 'events', 'trash', 'findings']) {
      const response = await standby.get(`/console/api/${table}`);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ leader: replica });
    }
    expect((await standby.get('/console')).status).toBe(200);
  });

  it('knows all once it leads, and every stream ends with the replica', async () => {
    const stream = await leader.get('/console/api/stream');
    const ended = stream.text();
    expect(await leader.replica.stop()).toEqual({ exitCode: 0, signal: null });
    await ended;

    leader = standby;
    await untilRow<VolumeView>('volumes?search=seen', ({ usedBytes }) => usedBytes !== undefined);
    const row = await untilRow<TrashView>('trash', ({ claim }) => claim === 'trashed');
    expect(row.host).toBe('storage-1');
  });
});

describe('a port that is in use', () => {
  it('is told with the setting that chooses another', async () => {
    const { port } = new URL(leader.address);
    const refused = await stage().installation.start({
      ...{ ZFS_CONSOLE_PORT: port, ZFS_CONSOLE_ADDR: '127.0.0.1', ZFS_CONSOLE_AUTH: 'none' },
    });

    expect(await refused.exit).toEqual({ exitCode: 1, signal: null });
    expect(JSON.stringify(refused.log)).toContain('ZFS_CONSOLE_PORT');
  });
});
