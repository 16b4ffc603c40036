import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Volume } from '../../src/volume/objects.ts';
import { eventually } from '../bench/eventually.ts';
import { writeFileInto } from '../dataset-state.ts';
import { KubectlZfs } from '../kubectl-zfs.ts';
import { useStage } from '../stage.ts';
import { consoleToken, StatusPage } from '../status-page.ts';

// Many processes: slow where the machine is busy.
jest.setTimeout(240_000);

const stage = useStage({
  classes: [{ name: 'nfs' }],
  provisioner: false,
});

let zfs: KubectlZfs;
let volume: Volume;
let dataset: string;
let page: StatusPage;

beforeAll(async () => {
  zfs = new KubectlZfs(stage());
  page = await StatusPage.start(stage(), { ZFS_USAGE_INTERVAL: '1s' });
  volume = await stage().provision({ name: 'data', className: 'nfs', size: '64Mi' });
  dataset = stage().datasetOf(volume);
  await writeFileInto(stage().host, dataset);
  await stage().host.zfs('set', 'refreservation=none', dataset);
  await stage().host.zfs('set', 'refquota=33554432', dataset);
});

afterAll(() => {
  zfs.remove();
});

describe('kubectl zfs list, describe and hosts', () => {
  it('list volumes beside their datasets, and what is not as promised', async () => {
    const [item] = await zfs.items('list');
    const { exitCode, stdout, stderr } = await zfs.run('list', '-n', 'default');

    expect(item).toMatchObject({
      ...{ volume: volume.metadata.name, claim: { namespace: 'default', name: 'data' } },
      ...{
        host: 'storage-1',
        dataset,
        storageClass: 'nfs',
        phase: 'Bound',
        drift: ['quota', 'reservation'],
      },
      ...{ capacityBytes: 64 << 20, quotaBytes: 32 << 20, createdAt: expect.any(String) },
    });
    expect(item?.['usedBytes']).toBeGreaterThan(0);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(
      /^CLAIM +VOLUME .*\ndefault\/data +pvc-.* 32 MiB .* quota,reservation\n$/,
    );
    expect(await zfs.run('list', '-n', 'other', '-o', 'name')).toMatchObject({ stdout: '' });
  });

  it('describe a claim in both worlds, with its events', async () => {
    const { exitCode, stdout, stderr } = await zfs.run('describe', 'default/data');
    const { stdout: json } = await zfs.run('describe', volume.metadata.name, '-o', 'json');

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/\n! +size +64Mi +refquota 32 MiB\n/);
    expect(stdout).toMatch(/\nquota +refquota=67108864 +refquota=33554432 +zfs set refquota/);
    expect(stdout).toMatch(/Normal +\w+ +PersistentVolumeClaim/);
    expect(JSON.parse(json)).toMatchObject({
      ...{ volume: volume.metadata.name, findings: [{ kind: 'quota' }, { kind: 'reservation' }] },
      events: expect.arrayContaining([expect.objectContaining({ kind: 'PersistentVolumeClaim' })]),
    });
  });

  it('tell hosts with their pools', async () => {
    const [host] = await zfs.items('hosts');

    expect(host).toMatchObject({
      ...{ host: 'storage-1', state: 'answers', volumes: 1 },
      pools: [{ pool: dataset.split('/')[0], sizeBytes: expect.any(Number) }],
    });
  });
});

describe('kubectl zfs by the console', () => {
  /** Neither a kubeconfig nor a key is at hand. */
  const byConsole = (...args: readonly string[]): ReturnType<KubectlZfs['run']> =>
    zfs.runIn(
      { KUBECONFIG: '/nowhere', ZFS_SSH_MOUNT_PATH: '/nowhere', ZFS_CONSOLE_TOKEN: consoleToken },
      ...args,
      ...['--console', page.address],
    );

  it('lists what the provisioner knows, as by SSH', async () => {
    const { capacityBytes, createdAt } = (await zfs.items('list'))[0] ?? {};
    const claim = { namespace: 'default', name: 'data' };

    await eventually(
      'the console has seen the host',
      async () => {
        const { exitCode, stdout, stderr } = await byConsole('list', '-o', 'json');
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
        expect(JSON.parse(stdout)).toMatchObject({
          items: [
            {
              ...{ volume: volume.metadata.name, claim, host: 'storage-1', dataset },
              ...{ capacityBytes, createdAt, quotaBytes: 32 << 20 },
              drift: ['quota', 'reservation'],
            },
          ],
        });
        return true;
      },
      { timeoutMs: 60_000 },
    );
  });

  it.each(['hosts', 'orphans', 'drift', 'trash list', 'describe default/data'])(
    '%s shows what the provisioner knows',
    async (command) => {
      const ended = await byConsole(...command.split(' '), '-o', 'json');

      expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
      expect(JSON.parse(ended.stdout)).toEqual(expect.any(Object));
    },
  );

  it('changes nothing, and tells of a token that is wrong', async () => {
    const repair = await byConsole('drift', '--repair', '--yes');
    const stranger = await zfs.run('list', '--console', page.address);

    expect(repair).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('only shows') });
    expect(stranger).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('set ZFS_CONSOLE_TOKEN'),
    });
  });
});

describe('kubectl zfs drift --repair', () => {
  it('changes nothing with --dry-run, or where nobody can be asked', async () => {
    const dry = await zfs.run('drift', '--repair', '--dry-run');
    const unasked = await zfs.run('drift', '--repair');

    expect(dry).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Nothing was') });
    expect(unasked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') });
    const quota = await stage().host.zfs('get', '-Hp', '-o', 'value', 'refquota', dataset);
    expect(quota.trim()).toBe('33554432');
  });
});

describe('kubectl zfs explain and completion', () => {
  it('explain an error without a cluster', async () => {
    const env = { KUBECONFIG: '/nowhere' };

    const known = await zfs.runIn(env, 'explain', 'DATASET_BUSY');
    const typo = await zfs.runIn(env, 'explain', 'DATASET_BSY');

    expect(known).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('To do') });
    expect(typo).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('did you mean DATASET_BUSY?'),
    });
  });

  it('completes names of the cluster, also by kubectl itself', async () => {
    const { name } = volume.metadata;
    const { stdout: names } = await zfs.run('__complete', 'describe', '');
    const { stdout: script } = await zfs.run('completion', 'kubectl');
    const completed = await zfs.completedByKubectl(stage().bench, script, 'describe', 'default/');

    expect(names).toContain(`default/data\t${name}\n`);
    expect(names).toContain(`${name}\tdefault/data\n`);
    expect(completed).toContain(`default/data\t${name}\n:4\n`);
  });
});
