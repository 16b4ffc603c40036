import type { HostScript, ScriptResult, ScriptRunner } from '../../src/host/command.ts';
import { encodeScript } from '../../src/host/script-encoding.ts';
import { remoteZfsOn } from '../../test/support/fake-zfs.ts';
import type { VirtualMachine } from '../bench/openzfs/virtual-machine.ts';
import { askedVerbs } from './verbs.ts';
import type { AskedVerb } from './verbs.ts';

/** Asks the product's verbs of a machine; calls back with the name and the recording of each. */
export async function recordVerbs(
  machine: VirtualMachine,
  keep: (name: string, text: string) => void,
): Promise<void> {
  for (const verb of askedVerbs) keep(verb.name, await record(machine, verb));
}

/** The file's text: the exit code, an empty line, and what the script told on standard output. */
async function record(machine: VirtualMachine, verb: AskedVerb): Promise<string> {
  const { name, before = '', ask, after = '' } = verb;
  await machine.run('sh -eu -s', before);
  const runner = new MachineRunner(machine);
  const zfs = remoteZfsOn(
    { command: 'zfs' },
    { runner, timeoutMs: 9_000, exportsFiles: ['/var/lib/nfs/etab'] },
  );
  await ask(zfs).catch(() => undefined); // what it made of the answer is for the unit test to say
  await machine.run('sh -eu -s', after);
  if (runner.last === undefined) throw new Error(`${name} was not asked of the host`);
  const { exitCode, stdout, stderr } = runner.last;
  if (stderr !== '') throw new Error(`${name} printed on standard error: ${stderr}`);
  return `exit: ${exitCode}\n\n${steady(stdout)}`;
}

/** Runs scripts on a machine as root, as the product would over SSH, and keeps the last result. */
class MachineRunner implements ScriptRunner {
  readonly #machine: VirtualMachine;
  last: ScriptResult | undefined;

  constructor(machine: VirtualMachine) {
    this.#machine = machine;
  }

  async run(_host: string, script: HostScript): Promise<ScriptResult> {
    const { command, stdin } = encodeScript(script);
    const files = '/run/recorded';
    const exitCode = await this.#machine.run(
      `${command} >${files}.out 2>${files}.err; echo $?`,
      stdin,
    );
    this.last = {
      exitCode: Number(exitCode),
      stdout: await this.#machine.run(`cat ${files}.out`),
      stderr: await this.#machine.run(`cat ${files}.err`),
    };
    return this.last;
  }
}

const steadyGuids = new Map([
  ['tank/k', '1000000000000000001'],
  ['tank/k/pvc-1', '1000000000000000002'],
  ['tank/k/.trash', '1000000000000000003'],
  ['tank/k/.trash/pvc-1-20260102T030405Z', '1000000000000000004'],
]);

/** What differs from run to run is made the same, so that a new recording shows what is new. */
function steady(stdout: string): string {
  let text = stdout
    .replace(/(?<=\tcreation\t)\d+/g, '1700000000')
    .replace(/(?<=\tfolded\t\S+\tfilesystem\t-\t)\d+/g, '1700000000')
    .replace(/(?<=\tbegin\t)\d+-\d+-\d+/g, '100-99-12345')
    .replace(/(?<=\tholder\t)\d+/g, '1234')
    .replace(/(?<=\tavailable\t)\d+/g, '1700000000')
    .replace(/(?<=\ttank\tused\t)\d+/g, '140000000');
  for (const [, dataset = '', guid = ''] of stdout.matchAll(/\t(\S+)\tguid\t(\d+)/g)) {
    text = text.replaceAll(guid, steadyGuids.get(dataset) ?? guid);
  }
  return text;
}
