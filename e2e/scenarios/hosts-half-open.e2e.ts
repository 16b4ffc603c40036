import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { DistantLine } from '../distant-line.ts';
import { describeHost, MountedHostsFile } from '../hosts-file.ts';
import { standingOf } from '../many-claims.ts';
import { useStage } from '../stage.ts';

const file = new MountedHostsFile();
const stage = useStage({
  hosts: ['storage-1', 'storage-2', 'storage-3'],
  classes: [],
  provisioner: false,
});

/** What is promised. */
const noticedWithinMs = 60_000;

const lines: DistantLine[] = [];

async function createClass(name: string): Promise<void> {
  const parameters = { type: 'nfs', hostname: name, shareProperties: 'rw=@127.0.0.0/8' };
  const manifest = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: stage().installation.env['ZFS_PROVISIONER_INSTANCE'],
    parameters,
  };
  await stage().bench.apply(JSON.stringify(manifest));
}

beforeAll(async () => {
  const [idle, busy, near] = ['storage-1', 'storage-2', 'storage-3'].map((name) =>
    stage().bench.host(name),
  );
  if (idle === undefined || busy === undefined || near === undefined) throw new Error('no hosts');
  const described: object[] = [describeHost(near, 'near')];
  for (const [host, name] of [
    [idle, 'idle'],
    [busy, 'busy'],
  ] as const) {
    const line = await DistantLine.to(host, stage().bench.runDir);
    lines.push(line);
    const { ssh } = describeHost(host, name) as { readonly ssh: object };
    const { address, port } = line;
    described.push(describeHost(host, name, { ssh: { ...ssh, address, port } }));
  }
  file.write(described);
  for (const name of ['idle', 'busy', 'near']) await createClass(name);
  const env = {
    ZFS_HOSTS_FILE: file.path,
    // Nothing goes over an idle line but what keeps it alive.
    ZFS_USAGE_INTERVAL: '1h',
  };
  stage().provisioner = await stage().installation.start(env);
  await stage().provisioner.untilReady();
}, 60_000);

afterAll(async () => {
  await Promise.all(lines.map((line) => line.end()));
  file.remove();
});

/** Resolves with how long it took, of the time since then. */
async function noticed(what: string, since: number, isSo: () => Promise<boolean>): Promise<number> {
  await eventually(what, isSo, { timeoutMs: noticedWithinMs + 20_000, intervalMs: 200 });
  return Math.round(performance.now() - since);
}

async function isConnected(host: string): Promise<boolean> {
  const metrics = await stage().provisioner.metrics();
  return new RegExp(`^zfs_provisioner_ssh_connected\\{host="${host}"\\} 1$`, 'm').test(metrics);
}

async function saysUnknown(claim: string): Promise<boolean> {
  const events = await stage().events(claim);
  return events.some(({ message }) => message.includes('unknown outcome'));
}

describe('lines that swallow every packet', () => {
  it('are noticed within a minute, idle or with a verb on them; other hosts are served meanwhile', async () => {
    await stage().provision({ name: 'idle-0', className: 'idle', size: '4Mi' });
    await stage().provision({ name: 'busy-0', className: 'busy', size: '4Mi' });
    const busy = stage().bench.host('storage-2');
    busy.faults.delayNext({ verb: 'create', seconds: 4, when: 'before' });
    const journal = busy.journal().length;
    await stage().createClaim({ name: 'busy-1', className: 'busy', size: '4Mi' });
    await eventually(
      'the create runs on the host',
      () => busy.journal().length > journal || busy.faults.pending === 0,
    );

    await Promise.all(lines.map((line) => line.drop()));
    const droppedAt = performance.now();
    const both = new AbortController();
    const watching = Promise.all([
      noticed('the idle line is noticed', droppedAt, async () => !(await isConnected('idle'))),
      noticed('the busy line is noticed', droppedAt, () => saysUnknown('busy-1')),
    ]).finally(() => {
      both.abort();
    });
    const servedMs: number[] = [];
    for (let claim = 1; !both.signal.aborted; claim++) {
      const startedAt = performance.now();
      await stage().provision({ name: `near-${claim}`, className: 'near', size: '4Mi' });
      servedMs.push(Math.round(performance.now() - startedAt));
      await eventually(
        'a moment passes',
        () => performance.now() - startedAt > 2000 || both.signal.aborted,
      );
    }
    const [idleMs, busyMs] = await watching;

    console.info(
      `noticed after ${idleMs} ms (idle), ${busyMs} ms (with a verb); ` +
        `${servedMs.length} claims for another host meanwhile, the slowest bound after ${Math.max(...servedMs)} ms`,
    );
    expect(Math.max(idleMs, busyMs)).toBeLessThan(noticedWithinMs);
    expect(servedMs.length).toBeGreaterThan(5);
    expect(Math.max(...servedMs)).toBeLessThan(5000);
  }, 120_000);

  it('are told of by the claims that come then, in seconds', async () => {
    const startedAt = performance.now();
    await stage().createClaim({ name: 'idle-1', className: 'idle', size: '4Mi' });

    const { message } = await stage().untilEvent(
      'idle-1',
      'ProvisioningFailed',
      'no answer',
      30_000,
    );

    expect(message).toContain('cannot connect to idle at');
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect((await stage().provisioner.get('/readyz')).status).toBe(200);
  }, 60_000);

  it('hold nothing up once they are mended: one dataset for each claim', async () => {
    await Promise.all(lines.map((line) => line.mend()));

    await stage().untilBound('idle-1', 60_000);
    await stage().untilBound('busy-1', 60_000);
    for (const [name, host] of [
      ['idle', 'storage-1'],
      ['busy', 'storage-2'],
    ] as const) {
      const claims = [`${name}-0`, `${name}-1`];
      const standing = await standingOf(stage(), claims, stage().bench.host(host));
      expect(standing.boundVolumes).toEqual(standing.wanted);
      expect(standing.datasets).toEqual(standing.wanted);
    }
  }, 130_000);
});
