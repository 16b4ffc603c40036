import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostPlan } from '../src/cli/host-setup/host-plan.ts';
import { usualPrograms } from '../src/cli/host-setup/host-plan.ts';
import { sudoersOf } from '../src/cli/host-setup/sudoers.ts';
import { CommandError, runCommand } from './bench/machine/run-command.ts';
import { quoted } from './bench/openzfs/quoted.ts';
import { VirtualHost } from './bench/openzfs/virtual-host.ts';
import type { StorageHost } from './bench/storage-host/storage-host.ts';
import type { Stage } from './stage.ts';

/** What `kubectl zfs host-setup` is told of a host whose programs are where Debian has them, by default. */
export function usualPlanOf(host: StorageHost): HostPlan {
  const commands = { ...planOf(host).commands, zfs: 'sudo -H zfs' };
  return { ...planOf(host), commands, programs: usualPrograms.debian };
}

/** What `kubectl zfs host-setup` would be told of a host of the bench. */
export function planOf(host: StorageHost): HostPlan {
  const words = (tool: string): string => `sudo -H ${tool}`;
  return {
    os: 'debian',
    user: host.user,
    publicKey: undefined,
    parents: [
      {
        dataset: host.parentDataset,
        mountpoint: `${host.mountpoint}/${leafOf(host.parentDataset)}`,
      },
    ],
    commands: {
      zfs: words(host.zfsProgram), // the bench's own, which passes on to the host's
      chmod: words('chmod'),
      chown: words('chown'),
      setfacl: words('setfacl'),
    },
    programs: { ...usualPrograms.debian, zfs: host.zfsProgram },
    allowedProperties: [],
    exportsFiles: [host.exportsFile],
  };
}

function leafOf(dataset: string): string {
  return dataset.slice(dataset.lastIndexOf('/') + 1);
}

/** From now on the host's user may do what host-setup lists, to the letter, and nothing else. */
export async function narrowRights(host: StorageHost, plan = planOf(host)): Promise<void> {
  const file = `/etc/sudoers.d/${host.user}`;
  const text = sudoersOf(plan);
  if (host instanceof VirtualHost) {
    await host.machine.run(
      `printf %s ${quoted(text)} >${file}.new && chmod 440 ${file}.new && visudo -c -f ${file}.new && mv ${file}.new ${file}`,
    );
    return;
  }
  writeFileSync(`${file}.new`, text, { mode: 0o440 });
  await runCommand('visudo', ['--check', '--quiet', '--file', `${file}.new`]);
  renameSync(`${file}.new`, file);
}

export interface Answer {
  readonly exitCode: number | null;
  readonly output: string;
}

/** As somebody with the provisioner's key: runs a command on the host over SSH, with that on its standard input. */
export async function askHost(stage: Stage, command: string, stdin = ''): Promise<Answer> {
  const config = join(stage.bench.ssh.path, 'config');
  const options = ['-F', config, '-o', 'BatchMode=yes', '-T'];
  try {
    const output = await runCommand('ssh', [...options, stage.host.name, command], { stdin });
    return { exitCode: 0, output };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { exitCode: error.exitCode, output: error.stderr };
  }
}

/** A command line with every word quoted. */
export function commandLine(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}
