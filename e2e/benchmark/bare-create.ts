import { join } from 'node:path';
import type { Bench } from '../bench/bench.ts';
import { runCommand } from '../bench/machine/run-command.ts';

/**
 * How long `sudo zfs create` takes through OpenSSH's client on a connection that is open already, the
 * least that a person could get, in milliseconds. Some of it is the start of the ssh client.
 */
export async function measureBareCreates(bench: Bench, count: number): Promise<number[]> {
  const [host] = bench.hosts;
  if (host === undefined) throw new Error('the bench has no storage host');
  const options = ['-F', join(bench.ssh.path, 'config'), '-o', 'ControlMaster=auto'];
  const socket = ['-o', `ControlPath=${join(bench.ssh.path, 'control')}`];
  const ssh = (...command: string[]): Promise<string> =>
    runCommand('ssh', [...options, ...socket, '-o', 'ControlPersist=60', host.name, ...command]);
  await ssh('true');
  const durationsMs: number[] = [];
  for (let number = 1; number <= count; number++) {
    const startedAt = performance.now();
    await ssh('sudo', '-H', 'zfs', 'create', `${host.parentDataset}/bare-${number}`);
    durationsMs.push(performance.now() - startedAt);
  }
  await runCommand('ssh', [...options, ...socket, '-O', 'exit', host.name]);
  for (let number = 1; number <= count; number++) {
    await host.zfs('destroy', `${host.parentDataset}/bare-${number}`);
  }
  return durationsMs;
}
