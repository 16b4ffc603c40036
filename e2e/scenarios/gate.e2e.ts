import { beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { benchFolder } from '../bench/binaries/programs.ts';
import { runCommand } from '../bench/machine/run-command.ts';
import { growTo } from '../growth.ts';
import { askHost, planOf } from '../host-rights.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ provisioner: false, classes: [{ name: 'nfs' }] });

const folder = (): string => join(stage().bench.runDir, 'gate');
const gateFile = (): string => join(stage().host.zfsProgram, '../gate');
const canary = (): string => join(stage().bench.runDir, 'canary');

/** `kubectl zfs host-setup --gate`, as an administrator calls it. */
function hostSetup(...more: readonly string[]): Promise<string> {
  const { commands, parents, exportsFiles, user } = planOf(stage().host);
  const [parent] = parents;
  return runCommand(process.execPath, [
    resolve(benchFolder, '../../dist/kubectl-zfs.cjs'),
    ...['host-setup', '--user', user, '--zfs-bin', commands.zfs],
    ...['--parent', `${parent?.dataset ?? ''}=${parent?.mountpoint ?? ''}`],
    ...['--exports-files', exportsFiles.join(',')],
    ...more,
  ]);
}

function installGate(text: string): void {
  writeFileSync(gateFile(), text, { mode: 0o755 });
}

beforeAll(async () => {
  const { bench, host, installation } = stage();
  installGate(await hostSetup('--print', 'gate'));
  const publicKey = readFileSync(bench.ssh.publicKeyFile, 'utf8');
  writeFileSync(folder(), `restrict,command="${gateFile()}" ${publicKey}`);
  host.letInOnly(folder());
  stage().provisioner = await installation.start({ ZFS_BIN: planOf(host).commands.zfs });
  await stage().provisioner.untilReady();
});

describe('behind the gate', () => {
  it('volumes are made, grown and destroyed', async () => {
    await stage().createClass('large', { allowVolumeExpansion: true });
    const volume = await stage().provision({ name: 'gated', className: 'large' });
    await growTo(stage(), 'gated', '96Mi');
    await stage().deleteClaim('gated');
    await stage().untilVolumeGone(volume.metadata.name);

    expect(await stage().datasetNames()).toEqual([]);
  });

  it('another parent is refused on the host, and the claim tells so', async () => {
    const { host } = stage();
    await host.zfs('create', `${host.pool}/other`);
    await stage().createClass('other', { parameters: { parentDataset: `${host.pool}/other` } });
    await stage().createClaim({ name: 'elsewhere', className: 'other' });

    const { message } = await stage().untilEvent('elsewhere', 'ProvisioningFailed', 'gate');

    expect(message).toContain('zfs-provisioner gate: refused: parameter 3 of create');
    expect(message).toContain('kubectl zfs host-setup');
    await stage().provisioner.waitFor(({ code }) => code === 'HOST_PERMISSION');
    await stage().deleteClaim('elsewhere');
    await stage().deleteClass('other');
  });

  it('whoever has the key can run nothing else', async () => {
    const touch = `touch ${canary()}`;
    const commands = [
      ...['id', 'sh', 'sh -c id', `sh -s; ${touch}`, 'sh -s -x', `sh -s\n${touch}`, ' sh -s'],
      ...[`$(${touch})`, `\`${touch}\``, touch, 'sudo -n zfs list', "'", '((', '*'],
      ...['internal-sftp', 'scp -t /tmp', '/usr/lib/openssh/sftp-server', 'rsync --server . /'],
    ];
    for (const command of commands) {
      const { exitCode, output } = await askHost(stage(), command, `${touch}\n`);
      expect([command, exitCode, output.trim()]).toEqual([
        command,
        1,
        expect.stringMatching(/^zfs-provisioner gate: refused: this key is for/),
      ]);
    }
    const inputs = [
      ...[`${touch}\n`, '', `{ ${touch}\n} </dev/null; exit\n`, `{ set -- 'a'\n${touch}\n}\n`],
      ...[
        `{ set -- $(${touch})\n} </dev/null; exit\n`,
        `{ set --'';${touch}\n} </dev/null; exit\n`,
      ],
    ];
    for (const input of inputs) {
      const { exitCode, output } = await askHost(stage(), 'sh -s', input);
      expect([input, exitCode]).toEqual([input, 1]);
      expect(output).toMatch(/^zfs-provisioner gate: refused: /);
    }
    expect(existsSync(canary())).toBe(false);
  }, 60_000);

  it('scripts of another version are refused until the gate is made anew, beside those before', async () => {
    const gate = readFileSync(gateFile(), 'utf8');
    installGate(gate.replace(/^(scripts='|)create [0-9a-f]{64}/m, `$1create ${'0'.repeat(64)}`));
    await stage().createClaim({ name: 'upgraded', className: 'nfs' });
    const { message } = await stage().untilEvent('upgraded', 'ProvisioningFailed', 'gate');
    expect(message).toContain('its script is none of those that this gate knows');

    const renewed = await hostSetup('--print', 'gate', '--gate-before', gateFile());
    installGate(renewed);
    await stage().nudgeClaim('upgraded');

    await stage().untilBound('upgraded', 45_000);
    expect(renewed).toContain(`create ${'0'.repeat(64)}`);
  }, 90_000);
});
