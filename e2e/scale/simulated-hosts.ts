import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { scannedIfKnown, scannedProperties } from '../../src/zfs/host-usage.ts';
import { eventually } from '../bench/eventually.ts';
import { findFreePort } from '../bench/machine/free-port.ts';
import { runCommand } from '../bench/machine/run-command.ts';
import { SshFolder } from '../bench/storage-host/ssh-folder.ts';
import { SshLog } from '../bench/storage-host/ssh-log.ts';
import type { Population } from './population.ts';
import { datasetRows, hostName, laterClaims, namesOf, parent, volumesOn } from './population.ts';

const fakeZfs = resolve(import.meta.dirname, '../../test/support/fake-zfs.sh');

/**
 * By which address it was reached tells which host it is. A scan is answered from files, all else by fake-zfs.sh. The
 * rows of a dataset that is made lie ready in `later`.
 */
const standIn = `#!/bin/sh
address=\${SSH_CONNECTION% *} address=\${address##* }
folder=\${0%/*}/$address
case "$*" in
  "get -Hp -r -t filesystem "*) exec cat "$folder/rows" "$folder"/made/* ;;
  *" used,available,readonly "*) exec cat "$folder/pools" ;;
esac
${fakeZfs} "$folder" "$@" || exit
[ "$1" = create ] || exit 0
for last in "$@"; do :; done
mv "$folder/later/\${last##*/}" "$folder/made"
`;

/** Instead of the machine's own, which may be another ZFS. */
const zpoolStandIn = "#!/bin/sh\nprintf 'tank\\tONLINE\\n'\n";

/**
 * Storage hosts that are one OpenSSH server, each at an address of its own, with a \`zfs\` that says what a host with
 * that many datasets would say. Needs root.
 */
export class SimulatedHosts {
  readonly ssh: SshFolder;
  readonly log: SshLog;
  /** For ZFS_BIN. */
  readonly zfsProgram: string;
  readonly #sshd: ChildProcess;

  private constructor(folder: string, ssh: SshFolder, sshd: ChildProcess) {
    this.ssh = ssh;
    this.log = new SshLog(join(folder, 'sshd.log'));
    this.zfsProgram = join(folder, 'zfs');
    this.#sshd = sshd;
    process.once('exit', this.#end);
  }

  static async start(folder: string, population: Population): Promise<SimulatedHosts> {
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 }); // sshd's own empty folder
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const ssh = new SshFolder(join(folder, 'ssh'));
    await ssh.makeKey();
    ssh.allowLogin(join(folder, 'authorized_keys'));
    const hostKey = join(folder, 'host_key');
    await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', hostKey]);
    const port = await findFreePort();
    const hostPublicKey = readFileSync(`${hostKey}.pub`, 'utf8').trim();
    const numbers = Array.from({ length: population.hosts }, (_, index) => index + 1);
    ssh.trust(
      numbers.map((host) => {
        return {
          name: hostName(host),
          address: addressOf(host),
          port,
          user: 'root',
          hostPublicKey,
        };
      }),
    );
    for (const host of numbers) furnish(join(folder, addressOf(host)), host, population);
    writeFileSync(join(folder, 'zfs'), standIn, { mode: 0o755 });
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/zpool'), zpoolStandIn, { mode: 0o755 });
    writeFileSync(join(folder, 'sshd_config'), configuration(folder, port));
    const args = ['-D', '-f', join(folder, 'sshd_config'), '-E', join(folder, 'sshd.log')];
    const sshd = spawn('/usr/sbin/sshd', args, { stdio: 'ignore' });
    const hosts = new SimulatedHosts(folder, ssh, sshd);
    await eventually('sshd listens', () => hosts.log.since().includes('Server listening on'));
    return hosts;
  }

  readonly #end = (): void => void this.#sshd.kill();

  async stop(): Promise<void> {
    process.off('exit', this.#end);
    if (this.#sshd.exitCode !== null) return;
    const exit = once(this.#sshd, 'exit');
    this.#sshd.kill();
    await exit;
  }
}

function addressOf(host: number): string {
  return `127.1.0.${host}`;
}

function furnish(folder: string, host: number, population: Population): void {
  const asked = [...scannedProperties, ...scannedIfKnown];
  const datasets = ['tank', parent].map((dataset) => join(folder, 'ds', dataset));
  for (const dataset of datasets) {
    mkdirSync(join(dataset, '.p'), { recursive: true });
    writeFileSync(join(dataset, '.mounted'), '');
  }
  mkdirSync(join(folder, 'fail'));
  writeFileSync(join(folder, 'log'), '');
  const rows = volumesOn(host, population).map((number) => datasetRows(number, asked));
  writeFileSync(join(folder, 'rows'), rows.join(''));
  for (const part of ['made', 'later']) mkdirSync(join(folder, part));
  writeFileSync(join(folder, 'made', 'none'), '');
  const { volumes, hosts } = population;
  const later = volumesOn(host, { volumes: volumes + laterClaims, hosts });
  for (const number of later.filter((each) => each > volumes)) {
    const text = datasetRows(number, asked, join(folder, 'mnt'));
    writeFileSync(join(folder, 'later', namesOf(number).volume), text);
  }
  const free = 2 ** 50;
  const pools = ['tank', parent].flatMap((name) => [
    `${name}\tused\t${2 ** 40}\t-\n`,
    `${name}\tavailable\t${free}\t-\n`,
    `${name}\treadonly\toff\tdefault\n`,
  ]);
  writeFileSync(join(folder, 'pools'), pools.join(''));
}

function configuration(folder: string, port: number): string {
  return [
    'ListenAddress 0.0.0.0',
    `Port ${port}`,
    `HostKey ${join(folder, 'host_key')}`,
    'PidFile none',
    'LogLevel VERBOSE', // tells of every command
    'AllowUsers root',
    'PermitRootLogin prohibit-password',
    'AuthenticationMethods publickey',
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'MaxStartups 1000', // each of the hosts it stands for would have the usual number
    'StrictModes no',
    'UsePAM no',
    `SetEnv PATH=${join(folder, 'bin')}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
    '',
  ].join('\n');
}
