import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostScript } from '../../src/host/command.ts';
import { encodeScript } from '../../src/host/script-encoding.ts';

/** A command that a hostile value would run, if anything ran it: it leaves a file. In the PATH of the batch. */
export const canaryCommand = 'canary';

/**
 * Answers the scripts as a pool would where all is well, with the very names and values that they ask for: so that
 * each goes its whole way. Notes every word that it is given. Functions, because programs would make a test slow.
 */
const answers = `
fake_note() { for noted in "$@"; do printf '%s\\0' "$noted"; done >>"$BATCH/words"; printf '\\0\\0' >>"$BATCH/words"; }
fake_tool() { fake_note "$@"; }
fake_answer() {
  case $1 in
    type) printf filesystem ;;
    mounted) printf yes ;;
    mountpoint) printf %s "$BATCH/mnt" ;;
    sharenfs) printf %s "\${share:-on}" ;;
    readonly) printf off ;;
    refquota | quota | refreservation) printf %s "\${size:-\${reserved:-0}}" ;;
    usedbysnapshots) case \${#dataset} in *[02468]) printf 5 ;; *) printf 0 ;; esac ;;
    used | referenced) printf 0 ;;
    available) printf 9000000000000000000 ;;
    guid) printf %s "\${parent_guid:-1}" ;;
    "\${instance_key:-}") printf %s "$instance" ;;
    "\${cluster_key:-}") printf %s "$cluster" ;;
    "\${volume_key:-}") printf %s "$volume" ;;
    *) printf %s - ;;
  esac
}
fake_zfs() {
  fake_note "$@"
  [ "$1" = get ] || { [ "$1" != list ] || printf '%s\\n' "$dataset"; return 0; }
  shift
  while :; do
    case $1 in
      -Hp | -H | -r) shift ;;
      -o | -t | -d) shift 2 ;;
      *) break ;;
    esac
  done
  asked=$1
  shift
  for named in "$@"; do
    rest=$asked,
    while [ -n "$rest" ]; do
      printf '%s\\t%s\\t%s\\tlocal\\n' "$named" "\${rest%%,*}" "$(fake_answer "\${rest%%,*}")"
      rest=\${rest#*,}
    done
  done
}
`;

/** Runs scripts as hosts do, many in one shell, and tells whether anything ran that is none of the scripts' own. */
export class ScriptBatch {
  readonly root = mkdtempSync(join(tmpdir(), 'batch-'));
  readonly #shell: readonly [string, ...string[]];

  constructor(shell: readonly [string, ...string[]] = ['sh']) {
    this.#shell = shell;
    mkdirSync(join(this.root, 'bin'));
    mkdirSync(join(this.root, 'mnt'));
    writeFileSync(join(this.root, 'words'), '');
    for (const name of [canaryCommand, 'reboot']) {
      const text = `#!/bin/sh\necho ran >>'${this.root}/canary'\n`;
      writeFileSync(join(this.root, 'bin', name), text, { mode: 0o755 });
    }
  }

  /** For the command words of scripts. */
  readonly zfsCommand = 'fake_zfs';
  readonly toolCommand = 'fake_tool';

  /** What they print; both streams together. */
  run(scripts: readonly HostScript[]): string {
    const texts = scripts.map((script) => {
      const { stdin } = encodeScript(script);
      return `( ${stdin.replace(/; exit\n$/, '\n')} )\n`;
    });
    const env = { PATH: `${join(this.root, 'bin')}:/usr/bin:/bin`, BATCH: this.root };
    // Ends the whole process group: a script that never ends could go on making processes.
    return execFileSync('timeout', ['-s', 'KILL', '120', ...this.#shell, '-s'], {
      input: `exec 2>&1\n${answers}${texts.join('')}exit 0\n`,
      ...{ env, cwd: join(this.root, 'mnt'), encoding: 'utf8', maxBuffer: 1 << 28 },
    });
  }

  /** Every command line that zfs and its tools were given so far, as words. */
  get given(): readonly (readonly string[])[] {
    const text = readFileSync(join(this.root, 'words'), 'utf8');
    return text.split('\0\0\0').map((line) => line.split('\0'));
  }

  /** Files that no script writes: something was run, or written to. */
  get traces(): readonly string[] {
    const left = readdirSync(join(this.root, 'mnt'));
    const others = readdirSync(this.root).filter((name) => !['bin', 'mnt', 'words'].includes(name));
    return [...left, ...others];
  }

  get isClean(): boolean {
    return existsSync(join(this.root, 'words')) && this.traces.length === 0;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
