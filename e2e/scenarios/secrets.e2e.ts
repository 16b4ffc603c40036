import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../bench/eventually.ts';
import { findFreePort } from '../bench/machine/free-port.ts';
import { runCommand } from '../bench/machine/run-command.ts';
import { provisionerCommand } from '../bench/provisioner-process.ts';
import { useStage } from '../stage.ts';

const passphrase = 'correct-horse-canary-staple';

/** Logs at its most talkative, with a key that is encrypted, on a bench where much goes wrong. */
const stage = useStage({
  provisioner: false,
  classes: [{ name: 'nfs' }, { name: 'broken', parentDataset: 'nowhere/kubernetes' }],
});

const keyFile = (): string => join(stage().bench.ssh.path, 'id_ed25519');
const env = (): Record<string, string> => ({
  ZFS_LOG_LEVEL: 'trace',
  ZFS_USAGE_INTERVAL: '1s',
  ZFS_SSH_KEY_PASSPHRASE: passphrase,
});

/** What must be nowhere: the passphrase, each line of the key, whatever the kubeconfig shows to the API server. */
function canaries(): readonly string[] {
  const key = readFileSync(keyFile(), 'utf8').split('\n');
  const kubeconfig = readFileSync(stage().installation.env['ZFS_KUBE_CONFIG_PATH'] ?? '', 'utf8');
  const secrets = [...kubeconfig.matchAll(/(?:token|client-key-data)"?: *"?([^"\s]{20,})/g)];
  const tokenFiles = [...kubeconfig.matchAll(/tokenFile"?: *"?([^"\s]+)/g)].map(([, file = '']) =>
    readFileSync(file, 'utf8').trim(),
  );
  const found = [...secrets.map(([, secret = '']) => secret), ...tokenFiles];
  expect(found.length).toBeGreaterThan(0);
  return [
    passphrase,
    ...key.filter((line) => line.length > 20 && !line.startsWith('-----')),
    ...found,
  ];
}

function secretsIn(text: string): readonly string[] {
  return canaries().filter((canary) => text.includes(canary));
}

beforeAll(async () => {
  await runCommand('ssh-keygen', ['-q', '-p', '-P', '', '-N', passphrase, '-f', keyFile()]);
  stage().provisioner = await stage().installation.start(env());
  await stage().provisioner.untilReady();
  await stage().provision({ name: 'secret', className: 'nfs' });
  await stage().createClaim({ name: 'broken', className: 'broken' });
  await stage().untilEvent('broken', 'ProvisioningFailed');
});

describe('no secret', () => {
  it('is in the log of any level, events, metrics or pages', async () => {
    const { provisioner, bench } = stage();
    const events = await bench.kubectl('get', 'events', '-A', '-o', 'json');
    const pages = await Promise.all(
      ['/metrics', '/readyz', '/livez'].map(async (path) => (await provisioner.get(path)).text()),
    );

    expect(secretsIn(JSON.stringify(provisioner.log))).toEqual([]);
    expect(provisioner.otherOutput).toEqual([]);
    expect(secretsIn(events)).toEqual([]);
    expect(secretsIn(pages.join(''))).toEqual([]);
    expect(pages.join('')).toContain('zfs_provisioner_volume_used_bytes');
  });

  it('is in errors about the key, its passphrase and the kubeconfig', async () => {
    const { installation } = stage();
    const wrong = `${passphrase}-wrong`;
    await stage().provisioner.stop();
    const replica = await installation.start({ ...env(), ZFS_SSH_KEY_PASSPHRASE: wrong });
    await stage().createClaim({ name: 'locked', className: 'nfs' });
    await stage().untilEvent('locked', 'ProvisioningFailed', 'ZFS_SSH_KEY_PASSPHRASE');
    const events = JSON.stringify(await stage().events('locked'));

    expect(secretsIn(JSON.stringify(replica.log) + events)).toEqual([]);
    expect(JSON.stringify(replica.log) + events).not.toContain(wrong);
    await replica.stop();
  });

  it('of a claim of others is in metrics, unless the setting says so', async () => {
    const replica = await stage().installation.start(env());
    await replica.untilReady();
    const metrics = async (): Promise<string> => await replica.metrics();
    await eventually('usage is known', async () =>
      (await metrics()).includes('volume_used_bytes{'),
    );

    expect(await metrics()).toMatch(/volume_used_bytes\{[^}]*namespace="",claim=""\}/);
    expect(await metrics()).not.toContain('claim="secret"');
    await replica.stop();
  });
});

it('a core dump of the process holds no secret, and its environment is for its own user', async () => {
  const folder = join(stage().bench.runDir, 'core');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const words = provisionerCommand.map((word) => `'${word}'`).join(' ');
  const out = join(folder, 'output');
  writeFileSync(out, '');
  const port = String(await findFreePort('127.0.0.1', 1));
  const child = spawn('sh', ['-c', `ulimit -c unlimited; exec ${words} >>'${out}' 2>&1`], {
    cwd: folder,
    env: {
      ...{ PATH: process.env['PATH'], ...stage().installation.env, ...env() },
      ...{ ZFS_METRICS_ADDR: '127.0.0.1', ZFS_METRICS_PORT: port, ZFS_LEADER_ELECTION: 'false' },
    },
  });
  const pid = child.pid ?? 0;
  const exit = once(child, 'exit');
  const isAtWork = (): boolean => readFileSync(out, 'utf8').includes('"msg":"leading"');
  await eventually('it is at work', isAtWork, { timeoutMs: 20_000 });

  expect(readFileSync(`/proc/${pid}/coredump_filter`, 'utf8').trim()).toBe('00000000');
  expect(statSync(`/proc/${pid}/environ`).mode & 0o777).toBe(0o400);
  child.kill('SIGABRT');
  await exit;

  // Where this machine's kernel writes core dumps into the folder (core_pattern), there is one.
  const cores = readdirSync(folder).filter((name) => name !== 'output');
  const texts = cores.map((name) => readFileSync(join(folder, name), 'latin1'));
  expect(texts.flatMap(secretsIn)).toEqual([]);
  expect(secretsIn(readFileSync(out, 'utf8'))).toEqual([]);
});
