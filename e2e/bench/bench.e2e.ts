import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, startBench } from './bench.ts';
import { benchFolder } from './binaries/programs.ts';
import { eventually } from './eventually.ts';
import { readRecords } from './machine/ledger.ts';
import { CommandError, runCommand } from './machine/run-command.ts';
import type { StorageHost } from './storage-host/storage-host.ts';

let folder: string;
let bench: Bench;
let host: StorageHost;
let other: StorageHost;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bench-'));
  bench = await startBench({ runDir: join(folder, 'run') });
  [host, other] = bench.hosts as [StorageHost, StorageHost];
}, 600_000);

afterEach(() => {
  host.faults.clear();
});

afterAll(async () => {
  await bench.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** As the product reaches the host, but by OpenSSH's client. */
function ssh(on: StorageHost, command: string): Promise<string> {
  return runCommand('ssh', [
    ...['-F', join(bench.ssh.path, 'config'), '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=3'],
    ...[on.name, command],
  ]);
}

async function failureOf(work: Promise<unknown>): Promise<CommandError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CommandError) return error;
  throw new Error('it did not fail');
}

describe('storage host', () => {
  it('lets the provisioner create an exported dataset as an unprivileged user', async () => {
    const dataset = `${host.parentDataset}/one`;

    await ssh(host, `sudo -n -H zfs create -o refquota=16M -o sharenfs=rw=@10.0.0.0/8 ${dataset}`);
    await ssh(host, `sudo -n -H chmod g+w ${host.mountpoint}/kubernetes/one`);

    expect((await host.datasets('refquota', 'sharenfs', 'mounted')).get(dataset)).toEqual({
      refquota: '16777216',
      sharenfs: 'rw=@10.0.0.0/8',
      mounted: 'yes',
    });
    expect(host.exports()).toEqual([
      { mountpoint: `${host.mountpoint}/kubernetes/one`, options: 'rw=@10.0.0.0/8' },
    ]);
    await host.zfs('destroy', dataset);
    expect(host.exports()).toEqual([]);
  });

  it.each(['cat /etc/shadow', 'chmod 777 /etc', 'zpool list', 'sh -c id'])(
    'refuses sudo %s',
    async (command) => {
      const failure = await failureOf(ssh(host, `sudo -n ${command}`));

      expect(failure.stderr).toContain('a password is required');
    },
  );

  it('sees its own pool only', async () => {
    const failure = await failureOf(ssh(host, `sudo -n zfs list ${other.parentDataset}`));

    expect(failure.stderr).toBe(`cannot open '${other.parentDataset}': dataset does not exist\n`);
    expect(await ssh(host, 'sudo -n zfs list -H -o name')).toBe(
      `${host.pool}\n${host.parentDataset}\n`,
    );
  });

  it('counts commands and logins', async () => {
    const mark = host.ssh.log.mark();

    await ssh(host, 'true');
    await ssh(host, 'sudo -n zfs list');

    expect(host.ssh.log.execsSince(mark)).toBe(2);
    expect(host.ssh.log.loginsSince(mark)).toBe(2);
    expect(other.ssh.log.execsSince()).toBe(0);
  });

  it('has share state like OpenZFS: lost with the mount, not regained by mounting', async () => {
    const dataset = await host.createByHand('shared', { sharenfs: 'on' });

    const again = await failureOf(host.zfs('share', dataset));
    await host.zfs('unmount', dataset);
    const afterUnmount = host.exports();
    await host.zfs('mount', dataset);
    const afterMount = host.exports();
    await host.zfs('share', dataset);

    expect(again.stderr).toBe(`cannot share '${dataset}': filesystem already shared\n`);
    expect([afterUnmount, afterMount]).toEqual([[], []]);
    expect(host.exports()).toHaveLength(1);
    await host.zfs('destroy', dataset);
  });

  it('destroys all snapshots or none', async () => {
    const dataset = await host.createByHand('snapped');
    await host.snapshot(dataset, 'a');
    const held = await host.snapshot(dataset, 'b');
    await host.hold(held);

    const failure = await failureOf(host.zfs('destroy', `${dataset}@%`));
    const kept = await host.zfs('list', '-H', '-t', 'snapshot', '-r', '-o', 'name', dataset);
    await host.release(held);
    await host.zfs('destroy', `${dataset}@%`);

    expect(failure.stderr).toContain('dataset is busy');
    expect(kept).toBe(`${dataset}@a\n${dataset}@b\n`);
    await host.zfs('destroy', dataset);
  });

  it('loses its pool and gets it back', async () => {
    await host.exportPool();
    const failure = await failureOf(ssh(host, `sudo -n zfs list ${host.parentDataset}`));
    await host.importPool();

    expect(failure.stderr).toContain('dataset does not exist');
    expect(await ssh(host, `sudo -n zfs list -H -o name ${host.parentDataset}`)).toContain(
      host.pool,
    );
  });
});

describe('fault levers', () => {
  it('fail a matching command as often as asked', async () => {
    host.faults.failNext({ verb: 'get', match: 'kubernetes', exitCode: 5, stderr: 'no\nway\n' });

    await ssh(host, `sudo -n zfs get -H type ${host.pool}`);
    const failure = await failureOf(ssh(host, `sudo -n zfs get -H type ${host.parentDataset}`));
    await ssh(host, `sudo -n zfs get -H type ${host.parentDataset}`);

    expect(failure).toMatchObject({ exitCode: 5, stderr: 'no\nway\n' });
    expect(host.faults.pending).toBe(0);
  });

  it('say that a command failed that did its work', async () => {
    const dataset = `${host.parentDataset}/done`;
    host.faults.failNext({ verb: 'create', exitCode: 1, afterRunning: true });

    await failureOf(ssh(host, `sudo -n zfs create ${dataset}`));

    expect((await host.datasets()).has(dataset)).toBe(true);
    await host.zfs('destroy', dataset);
  });

  it('cut the connection after the work was done', async () => {
    const dataset = `${host.parentDataset}/cut`;
    host.faults.cutNext({ verb: 'create', when: 'after' });

    const failure = await failureOf(ssh(host, `sudo -n zfs create ${dataset}`));

    expect(failure.exitCode).toBe(255);
    expect((await host.datasets()).has(dataset)).toBe(true);
    await host.zfs('destroy', dataset);
  });

  it('pretend that a dataset is exported', async () => {
    host.faults.lieAboutShare({ verb: 'create' });

    await ssh(host, `sudo -n zfs create -o sharenfs=on ${host.parentDataset}/lie`);

    expect(host.exports()).toEqual([]);
    await host.zfs('destroy', `${host.parentDataset}/lie`);
  });

  it('delay a command', async () => {
    host.faults.delayNext({ verb: 'list', seconds: 0.4, when: 'after' });
    const startedAt = performance.now();

    await ssh(host, 'sudo -n zfs list');

    expect(performance.now() - startedAt).toBeGreaterThan(400);
  });

  it('freeze a connection in the middle of a command', async () => {
    const mark = host.ssh.log.mark();
    const running = ssh(host, 'sleep 0.3; echo thawed');
    await eventually('the command runs', () => host.ssh.log.execsSince(mark) > 0, {
      intervalMs: 5,
    });

    await host.ssh.pauseSessions();
    const silence = new Promise((resolve) => setTimeout(resolve, 700, 'silence'));
    const first = await Promise.race([running, silence]);
    await host.ssh.resumeSessions();

    expect(first).toBe('silence');
    await expect(running).resolves.toBe('thawed\n');
  });

  it('swap the host key until it is trusted', async () => {
    await host.ssh.swapHostKey();
    const failure = await failureOf(ssh(host, 'true'));
    bench.trustHostKeys();

    expect(failure.stderr).toContain('REMOTE HOST IDENTIFICATION HAS CHANGED');
    await expect(ssh(host, 'echo trusted')).resolves.toBe('trusted\n');
  });

  it('take the host away and bring it back', async () => {
    await host.ssh.stop();
    const failure = await failureOf(ssh(host, 'true'));
    await host.ssh.start();

    expect(failure.stderr).toContain('Connection refused');
    await expect(ssh(host, 'echo back')).resolves.toBe('back\n');
  });

  it('restart the API server on the same objects', async () => {
    await bench.ensureNamespace('survivor');
    await bench.controlPlane.restartApiServer();

    expect(await bench.kubectl('get', 'namespace', 'survivor', '-o', 'name')).toBe(
      'namespace/survivor\n',
    );
  }, 30_000);
});

describe('control plane', () => {
  it('gives access as a service account, within its rights', async () => {
    await bench.kubectl('create', 'serviceaccount', 'modest');
    const { kubeconfig } = await bench.serviceAccountKubeconfig('default', 'modest');
    const kubectl = (...args: string[]): Promise<string> =>
      runCommand(bench.binaries.kubectl, ['--kubeconfig', kubeconfig, ...args]);

    expect(await kubectl('auth', 'whoami')).toContain('system:serviceaccount:default:modest');
    expect((await failureOf(kubectl('get', 'persistentvolumes'))).stderr).toContain('forbidden');
    expect(readFileSync(bench.controlPlane.auditLog, 'utf8')).toContain(
      'system:serviceaccount:default:modest',
    );
  });

  it('schedules a pod that waits for its claim to a simulated node', async () => {
    await bench.createNode('worker-1');
    await bench.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: waitingPod() }));

    const node = await eventually('the scheduler chose a node', () =>
      bench
        .kubectl(
          'get',
          'pvc',
          'late',
          '-o',
          String.raw`jsonpath={.metadata.annotations.volume\.kubernetes\.io/selected-node}`,
        )
        .then((name) => name !== '' && name),
    );

    expect(node).toBe('worker-1');
  }, 20_000);
});

describe('cleanup', () => {
  it('removes all when the owner is killed', async () => {
    const runDir = join(folder, 'orphan');
    const owner = startOwner(runDir);
    const record = await eventually(
      'the other bench is up',
      () =>
        existsSync(join(runDir, 'bench.json')) &&
        readRecords().find((each) => each.runDir === runDir),
      { timeoutMs: 60_000 },
    );

    owner.kill('SIGKILL');
    await eventually(
      'its record is gone',
      () => !readRecords().some(({ id }) => id === record.id),
      {
        timeoutMs: 20_000,
      },
    );

    expect(readdirSync(runDir)).toEqual(['logs']);
    expect(readFileSync('/etc/passwd', 'utf8')).not.toContain(record.id);
    expect(readdirSync('/etc/sudoers.d').join(' ')).not.toContain(record.id);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(record.id);
    expect(await runCommand('zpool', ['list', '-H', '-o', 'name'])).not.toContain(record.id);
  }, 90_000);
});

/** A process that starts a bench with one host and does nothing more. */
function startOwner(runDir: string): ChildProcess {
  const program = `
    import { startBench } from ${JSON.stringify(join(benchFolder, 'bench.ts'))};
    await startBench({ runDir: ${JSON.stringify(runDir)}, hosts: ['storage-1'] });
    setInterval(() => undefined, 1000);`;
  return spawn('node', ['--input-type=module', '--eval', program], { stdio: 'ignore' });
}

function waitingPod(): object[] {
  return [
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'late' },
      provisioner: 'example.test/none',
      volumeBindingMode: 'WaitForFirstConsumer',
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'late', namespace: 'default' },
      spec: {
        storageClassName: 'late',
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Mi' } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'late', namespace: 'default' },
      spec: {
        containers: [{ name: 'main', image: 'example.test/none' }],
        volumes: [{ name: 'volume', persistentVolumeClaim: { claimName: 'late' } }],
      },
    },
  ];
}
