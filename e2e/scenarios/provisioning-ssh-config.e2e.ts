import { beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../bench/machine/run-command.ts';
import type { StorageHost } from '../bench/storage-host/storage-host.ts';
import { useStage } from '../stage.ts';

/** Two hosts that differ in address, port, user and key, as only the folder's `config` tells. */
const stage = useStage({
  hosts: ['storage-1', 'storage-2'],
  classes: [{ name: 'first' }],
  provisioner: false,
});

let first: StorageHost;
let second: StorageHost;

beforeAll(async () => {
  const { bench } = stage();
  [first, second] = [bench.host('storage-1'), bench.host('storage-2')];
  const folder = bench.ssh.path;
  mkdirSync(join(folder, 'keys'));
  await giveKey(first, join(folder, 'keys', 'first'));
  await giveKey(second, join(folder, 'second'));
  rmSync(join(folder, 'id_ed25519'));
  const { parentDataset, name: hostname } = second;
  await stage().createClass('second', { parameters: { parentDataset, hostname } });
});

async function giveKey(host: StorageHost, file: string): Promise<void> {
  await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  host.letInOnly(`${file}.pub`);
}

function writeConfig(userOfFirst: string): void {
  const text = `# What ssh itself would choke on is not our business.
ServerAliveInterval 5
FancyKeywordOfTomorrow yes
Match exec "false"
  User nobody

Host storage-1 # the old one
  HostName = ${first.address}
  user ${userOfFirst}
  PORT "${first.port}"
  IdentityFile ~/.ssh/keys/first
  ProxyCommand /bin/false
  Port 1

Host storage-* !storage-1
  HostName ${second.address}
  Port ${second.port}
  User ${second.user}
  IdentityFile second

Host *
  User root
  Port 2
  IdentityFile nothing
`;
  writeFileSync(join(stage().bench.ssh.path, 'config'), text);
}

async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  stage().provisioner = await stage().installation.start(env);
  await stage().provisioner.untilReady();
}

describe('the ssh_config beside the key', () => {
  it('tells HostName, Port, User and IdentityFile of each host; the rest is ignored', async () => {
    writeConfig(first.user);
    await start();

    const volumes = await Promise.all([
      stage().provision({ name: 'first', className: 'first' }),
      stage().provision({ name: 'second', className: 'second' }),
    ]);

    expect(volumes.map(({ spec }) => spec.nfs?.server)).toEqual(['storage-1', 'storage-2']);
    expect(await stage().datasetNames(first)).toHaveLength(1);
    expect(await stage().datasetNames(second)).toHaveLength(1);
    await stage().provisioner.stop();
  });

  it('is read again at each login, so that a mistake in it needs no restart', async () => {
    writeConfig('nobody');
    await start();
    await stage().createClaim({ name: 'mistaken', className: 'first' });
    const { message } = await stage().untilEvent('mistaken', 'ProvisioningFailed');

    writeConfig(first.user);

    expect(message).toContain('storage-1 refuses user nobody with the key');
    expect(message).toContain('keys/first');
    await stage().nudgeClaim('mistaken');
    await stage().untilBound('mistaken', 45_000);
    await stage().provisioner.stop();
  });

  it('yields to the settings', async () => {
    writeConfig('nobody');
    const ZFS_SSH_KEY = join(stage().bench.ssh.path, 'keys', 'first');
    await start({ ZFS_SSH_USER: first.user, ZFS_SSH_PORT: String(first.port), ZFS_SSH_KEY });

    await stage().provision({ name: 'set', className: 'first' });
    await stage().createClaim({ name: 'wrong', className: 'second' });

    const { message } = await stage().untilEvent('wrong', 'ProvisioningFailed');
    expect(message).toContain(`[${second.address}]:${first.port}`);
  });
});
