// `make recordings`: what OpenZFS prints when a command fails, into test/recordings/openzfs-2.3, and what the
// product's verbs tell, into verbs/ there. It is provoked on a virtual machine, so the real program's real words;
// zfs/failure.test.ts and zfs/recorded-verbs.test.ts say what each means.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { benchFolder } from './bench/binaries/programs.ts';
import { Ledger } from './bench/machine/ledger.ts';
import { reapWhenThisProcessEnds } from './bench/machine/reaping.ts';
import { CommandError } from './bench/machine/run-command.ts';
import { removeBench } from './bench/machine/teardown.ts';
import { VirtualMachine } from './bench/openzfs/virtual-machine.ts';
import { failures } from './recordings/failures.ts';
import type { Failure } from './recordings/failures.ts';
import { importScriptsAsText } from './recordings/text-modules.ts';

const folder = resolve(benchFolder, '../../test/recordings/openzfs-2.3');
const runDir = resolve(benchFolder, '../../.run/recordings');
const user = 'zfs-provisioner';

await main();

async function main(): Promise<void> {
  const logFolder = join(runDir, 'logs');
  mkdirSync(logFolder, { recursive: true });
  const ledger = Ledger.open(runDir, false);
  reapWhenThisProcessEnds(ledger.id);
  try {
    const segmentAddress = '192.168.77.1';
    const role = 'storage';
    const name = 'recorder';
    const machine = await VirtualMachine.start({ name, role, segmentAddress, logFolder, ledger });
    await recordAll(machine);
  } finally {
    await removeBench(ledger.id, { keepLogs: true });
  }
}

async function recordAll(machine: VirtualMachine): Promise<void> {
  await machine.run('zfs create tank/k');
  await recordVerbs(machine);
  empty(folder);
  for (const failure of failures) {
    const text = await record(machine, failure);
    writeFileSync(join(folder, `${failure.name}.txt`), text);
    process.stdout.write(`${failure.name}: ${text.split('\n\n')[1]?.split('\n')[0] ?? ''}\n`);
  }
}

async function recordVerbs(machine: VirtualMachine): Promise<void> {
  const verbFolder = join(folder, 'verbs');
  importScriptsAsText();
  const recorder = await import('./recordings/verb-recorder.ts');
  empty(verbFolder);
  await recorder.recordVerbs(machine, (name, text) => {
    writeFileSync(join(verbFolder, `${name}.txt`), text);
    process.stdout.write(`${name}: ${text.split('\n')[0] ?? ''}\n`);
  });
}

/** Makes the folder, or removes the recordings in it. */
function empty(path: string): void {
  mkdirSync(path, { recursive: true });
  for (const file of readdirSync(path)) {
    if (file.endsWith('.txt')) rmSync(join(path, file));
  }
}

/** The file's text: what was done, an empty line, and what came on standard error. */
async function record(machine: VirtualMachine, failure: Failure): Promise<string> {
  const { name, dataset, command, unprivileged = false } = failure;
  await machine.run('sh -eu -s', failure.before);
  const { exitCode, stderr } = await failureOf(machine, unprivileged ? asUser(command) : command);
  await machine.run('sh -eu -s', failure.after);
  if (exitCode === 0) throw new Error(`${name}: "${command}" did not fail`);
  const [message = '', usage] = stderr.split(/^usage:$/m);
  const head = [
    `dataset: ${dataset}`,
    `command: ${command}`,
    `exit: ${exitCode}`,
    ...(unprivileged ? [`user: ${user}`] : []),
    ...(usage === undefined ? [] : ['trimmed: the usage that follows']),
  ];
  return `${head.join('\n')}\n\n${message.trimEnd()}\n`;
}

function asUser(command: string): string {
  return `runuser -u ${user} -- /usr/sbin/${command}`;
}

async function failureOf(
  machine: VirtualMachine,
  command: string,
): Promise<{ readonly exitCode: number; readonly stderr: string }> {
  try {
    await machine.run(`LC_ALL=C timeout 30 ${command}`);
    return { exitCode: 0, stderr: '' };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { exitCode: error.exitCode ?? -1, stderr: error.stderr };
  }
}
