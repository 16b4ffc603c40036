import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runCommand } from '../bench/machine/run-command.ts';
import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ classes: [{ name: 'nfs' }], provisioner: false });

async function start(env: Readonly<Record<string, string>> = {}): Promise<ProvisionerProcess> {
  const alone = { ZFS_LEADER_ELECTION: 'false', ZFS_LOG_LEVEL: 'trace' };
  const replica = await stage().installation.start({ ...alone, ...env });
  await replica.untilReady();
  return replica;
}

async function makeKey(name: string, passphrase: string): Promise<string> {
  const file = join(stage().bench.runDir, name);
  // -a 1: a key that is cheap to open.
  const options = ['-q', '-t', 'ed25519', '-a', '1', '-N', passphrase, '-f', file];
  await runCommand('ssh-keygen', options);
  return file;
}

/** The bench's own key, encrypted. */
async function encryptedKey(passphrase: string): Promise<string> {
  const file = join(stage().bench.runDir, 'encrypted');
  await runCommand('cp', [join(stage().bench.ssh.path, 'id_ed25519'), file]);
  await runCommand('ssh-keygen', ['-q', '-p', '-a', '1', '-P', '', '-N', passphrase, '-f', file]);
  return file;
}

describe('a host whose key is another than the recorded one', () => {
  it('is refused with both fingerprints, and served once known_hosts is right again', async () => {
    const replica = await start();
    const recorded = await fingerprint();
    await stage().host.ssh.swapHostKey();
    const shown = await fingerprint();
    await stage().host.ssh.killConnections();
    const mark = stage().host.ssh.log.mark();

    await stage().createClaim({ name: 'swapped', className: 'nfs' });

    const { message } = await stage().untilEvent('swapped', 'ProvisioningFailed', 'recorded is');
    expect(message).toContain(shown);
    expect(message).toContain(recorded);
    expect(message).toContain('ssh-keyscan');
    expect(stage().host.ssh.log.loginsSince(mark)).toBe(0);
    expect(replica.log.some(({ level, code }) => level === 'error' && code === 'HOST_KEY')).toBe(
      true,
    );

    stage().bench.trustHostKeys();
    // By itself it is tried again within half a minute; any change of the claim makes it due at once.
    await stage().nudgeClaim('swapped');

    await stage().untilBound('swapped');
    await replica.stop();
  }, 60_000);

  it('is refused when nothing is recorded of it', async () => {
    writeFileSync(join(stage().bench.ssh.path, 'known_hosts'), '');
    const replica = await start();

    await stage().createClaim({ name: 'unknown', className: 'nfs' });

    const { message } = await stage().untilEvent('unknown', 'ProvisioningFailed');
    expect(message).toContain(`holds no key for [${stage().host.address}]:${stage().host.port}`);
    stage().bench.trustHostKeys();
    await replica.stop();
    await stage().deleteClaim('unknown');
  }, 40_000);
});

describe('a private key', () => {
  it('that the host does not know is named, with what to do', async () => {
    const file = await makeKey('stranger', '');
    const replica = await start({ ZFS_SSH_KEY: file });

    await stage().createClaim({ name: 'stranger', className: 'nfs' });

    const { message } = await stage().untilEvent('stranger', 'ProvisioningFailed', 'refuses user');
    expect(message).toContain(stage().host.user);
    expect(message).toContain(file);
    expect(message).toContain('authorized_keys');
    await replica.stop();
    await stage().deleteClaim('stranger');
  }, 40_000);

  it('that the passphrase does not open is named, and the passphrase nowhere', async () => {
    const canary = 'wrong-Passphrase-canary';
    const file = await encryptedKey('the right one');
    const replica = await start({ ZFS_SSH_KEY: file, ZFS_SSH_KEY_PASSPHRASE: canary });

    await stage().createClaim({ name: 'locked', className: 'nfs' });

    const { message } = await stage().untilEvent('locked', 'ProvisioningFailed', file);
    expect(message).toContain('ZFS_SSH_KEY_PASSPHRASE does not open it');
    await expectNowhere(replica, 'locked', canary);
    await replica.stop();
  }, 40_000);

  it('that the passphrase opens is used, and the passphrase nowhere to be seen', async () => {
    const canary = 'right "Passphrase" canary';
    await runCommand('rm', ['-f', join(stage().bench.runDir, 'encrypted')]);
    const file = await encryptedKey(canary);
    const replica = await start({ ZFS_SSH_KEY: file, ZFS_SSH_KEY_PASSPHRASE: canary });

    await stage().untilBound('locked');

    await expectNowhere(replica, 'locked', canary);
    await expectNowhere(replica, 'locked', 'PRIVATE KEY');
    await replica.stop();
  }, 40_000);
});

async function fingerprint(): Promise<string> {
  const file = join(stage().bench.runDir, 'host_key.pub');
  writeFileSync(file, `${stage().host.ssh.hostPublicKey}\n`);
  return /SHA256:\S+/.exec(await runCommand('ssh-keygen', ['-l', '-f', file]))?.[0] ?? '';
}

async function expectNowhere(
  replica: ProvisionerProcess,
  claimName: string,
  secret: string,
): Promise<void> {
  const metrics = await replica.metrics();
  const commandLine = await runCommand('cat', [`/proc/${replica.pid}/cmdline`]);
  const seen = JSON.stringify([
    replica.log,
    replica.otherOutput,
    await stage().events(claimName),
    await stage().volumes(),
    [metrics, commandLine],
  ]);
  expect(replica.log.length).toBeGreaterThan(3);
  expect(seen).not.toContain(secret);
  expect(seen).not.toContain(JSON.stringify(secret).slice(1, -1));
}
