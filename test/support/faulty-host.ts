import type { HostFault } from '../../e2e/reliability/faults.ts';
import type { HostScript, ScriptResult, ScriptRunner } from '../../src/host/command.ts';
import {
  HostAuthenticationError,
  HostKeyError,
  HostUnreachableError,
  OutcomeUnknownError,
} from '../../src/host/command.ts';
import { ShellScriptRunner, transmission } from './fake-script-runner.ts';
import type { FakeZfs } from './fake-zfs.ts';

/** The command of a verb that a fault of commands happens to. */
const heart: Readonly<Record<string, string>> = {
  create: 'create',
  adopt: 'share',
  grow: 'set',
  destroy: 'destroy',
  trash: 'rename',
  share: 'set',
  scan: 'get',
};

const commands = ['create', 'destroy', 'get', 'list', 'mount', 'rename', 'set', 'share'];
const banner = 'Welcome to storage-1\n\tAuthorized use only.\nnonce\tresult\tcreated\nend 0\n';
const warning = 'sh: warning: setlocale: LC_ALL: cannot change locale (de_DE.UTF-8)\n';

const german = { LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8', LANGUAGE: 'de' };

interface Laid {
  readonly verb: string;
  readonly fault: HostFault;
  left: number;
  hasHappened: boolean;
}

/** A storage host whose `zfs` is a FakeZfs, reached over a line that can be made to fail. */
export class FaultyHost implements ScriptRunner {
  /** Scripts that run now. */
  running = 0;
  readonly #zfs: FakeZfs;
  readonly #shell = new ShellScriptRunner();
  readonly #german = new ShellScriptRunner(['sh'], german);
  readonly #laid: Laid[] = [];
  /** Resolves when the process that asked was killed: it never hears what came of it. */
  onKill: () => void = () => undefined;

  constructor(zfs: FakeZfs) {
    this.#zfs = zfs;
  }

  /** The next scripts of a verb meet the fault. */
  lay(verb: string, fault: HostFault, count = 1): void {
    this.#laid.push({ verb, fault, left: count, hasHappened: false });
  }

  /** Whether each that was laid has happened. */
  get hasFailed(): boolean {
    return this.#laid.every(({ hasHappened }) => hasHappened);
  }

  async run(host: string, script: HostScript): Promise<ScriptResult> {
    const verb = this.#verbOf(script);
    const laid = this.#laid.find((each) => each.verb === verb && each.left > 0);
    this.running++;
    try {
      if (laid === undefined) return await this.#shell.run(host, script);
      laid.left--;
      laid.hasHappened = true;
      return await this.#fail(laid, host, script);
    } finally {
      this.running--;
    }
  }

  /** A create of what is there already is an adoption; so the fault is told by whom it was laid for. */
  #verbOf({ verb }: HostScript): string {
    if (verb === 'reshare') return 'share';
    const isAdoption = verb === 'create' && this.#laid.some((each) => each.verb === 'adopt');
    return isAdoption ? 'adopt' : verb;
  }

  async #fail(laid: Laid, host: string, script: HostScript): Promise<ScriptResult> {
    const { verb } = laid;
    const line: Line = {
      zfs: this.#zfs,
      heart: heart[verb] ?? '',
      host,
      script,
      run: () => this.#shell.run(host, script),
      runInGerman: () => this.#german.run(host, script),
      pipe: (input) => this.#shell.pipe(input),
      refuseNext: (count) => {
        this.lay(verb, 'never-starts', count);
      },
      die: async () => {
        this.onKill();
        await this.#shell.run(host, script);
        this.running--;
        return new Promise(() => undefined);
      },
    };
    return faults[laid.fault](line);
  }
}

/** A script on its way to a host. */
interface Line {
  readonly zfs: FakeZfs;
  readonly heart: string;
  readonly host: string;
  readonly script: HostScript;
  readonly run: () => Promise<ScriptResult>;
  readonly runInGerman: () => Promise<ScriptResult>;
  readonly pipe: (input: string) => Promise<ScriptResult>;
  readonly refuseNext: (count: number) => void;
  /** It runs, and whoever asked is no more. */
  readonly die: () => Promise<never>;
}

type Happening = (line: Line) => Promise<ScriptResult>;

const faults: Readonly<Record<HostFault, Happening>> = {
  'exit-code': (line) => failing(line, line.heart, 'before'),
  'exit-code-done': (line) => failing(line, line.heart, 'after'),
  'sudo-password': ({ zfs, run }) => {
    for (const command of commands) zfs.fail(`${command}.all`, 'sudo: a password is required');
    return healed(zfs, run);
  },
  'never-starts': refusing('it refused to run a command'),
  'max-sessions': refusing('it refused another session'),
  'host-key': ({ host }) =>
    Promise.reject(new HostKeyError(host, `${host} has another host key than the recorded one`)),
  authentication: ({ host }) =>
    Promise.reject(new HostAuthenticationError(host, `${host} refused our key`)),
  'cut-before': async (line) => {
    // The shell reads a group to its end before it runs any of it.
    const sent = transmission(line.script);
    await line.pipe(sent.slice(0, Math.floor(sent.length * 0.9)));
    throw unknown(line, 'the line was cut');
  },
  'cut-during': unheard('the line was cut'),
  'cut-after': unheard('the line was cut'),
  deadline: unheard('it was not done after 30 s'),
  'sshd-restarts': (line) => {
    line.refuseNext(2);
    return unheard('the line was cut')(line);
  },
  'shell-killed': async (line) => {
    line.zfs.fail(`${line.heart}.all`, '', 137, 'killed');
    await healed(line.zfs, line.run);
    throw unknown(line, 'it was ended by SIGKILL');
  },
  'provisioner-killed': ({ die }) => die(),
  truncated: changed((stdout) => stdout.slice(0, Math.floor(stdout.length * 0.7))),
  garbled: changed((stdout) => stdout.toUpperCase()),
  banner: changed((stdout) => `${banner}${stdout}${banner}`),
  locale: (line) =>
    changed((stdout) => warning + stdout)({ ...line, run: () => line.runInGerman() }),
};

function failing({ zfs, run }: Line, command: string, when: 'before' | 'after') {
  zfs.fail(`${command}.all`, 'cannot do it: the moon is full', 1, when);
  return healed(zfs, run);
}

async function healed<T>(zfs: FakeZfs, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } finally {
    zfs.heal();
  }
}

function refusing(why: string): Happening {
  return ({ host, script }) =>
    Promise.reject(
      new HostUnreachableError(host, `${script.verb} was not started on ${host}: ${why}`),
    );
}

/** It runs to its end, and nobody hears of it. */
function unheard(why: string): Happening {
  return async (line) => {
    await line.run();
    throw unknown(line, why);
  };
}

function unknown({ host, script }: Line, why: string): OutcomeUnknownError {
  return new OutcomeUnknownError(host, `${script.verb} on ${host} has an unknown outcome: ${why}`);
}

function changed(change: (stdout: string) => string): Happening {
  return async ({ run }) => {
    const result = await run();
    return { ...result, stdout: change(result.stdout) };
  };
}
