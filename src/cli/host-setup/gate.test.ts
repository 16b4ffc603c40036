import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { aCreation, sharedWith } from '../../../test/support/creation.ts';
import { anIdentity, FakeZfs, remoteZfsOn } from '../../../test/support/fake-zfs.ts';
import { aHostPlan } from '../../../test/support/host-plan.ts';
import type { HostScript, ScriptResult, ScriptRunner } from '../../host/command.ts';
import { encodeScript } from '../../host/script-encoding.ts';
import { HostPermissionError } from '../../zfs/dataset-errors.ts';
import { remoteScripts } from '../../zfs/remote-scripts.ts';
import type { RemoteZfs } from '../../zfs/remote-zfs.ts';
import { gateParameters } from './gate-parameters.ts';
import { authorizedKeysOf, digestOf, gateOf } from './gate.ts';
import type { HostPlan } from './host-plan.ts';

// Hundreds of small processes: slow where the machine is busy.
jest.setTimeout(60_000);

let zfs: FakeZfs;
let plan: HostPlan;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k', 'tank/other');
  const commands = { zfs: zfs.command, chmod: 'chmod', chown: 'true', setfacl: 'true' };
  plan = aHostPlan({ commands, exportsFiles: [] });
});
afterEach(() => {
  zfs.remove();
});

const shells = [['dash'], ['busybox', 'sh'], ['bash', '--posix'], ['mksh']].filter(
  ([program = '']) => spawnSync(program, ['-c', ':']).error === undefined,
);

interface Sent {
  readonly stdin: string;
  readonly command?: string | undefined;
  readonly shell?: readonly string[];
  readonly gate?: string;
}

/** As sshd runs it: the gate is the command, what was asked for is in the environment, standard input stays open. */
function send({ stdin, command = 'sh -s', ...more }: Sent): Promise<ScriptResult> {
  const { shell = ['sh'], gate = gateOf(plan, { version: '1.2.3' }) } = more;
  const file = join(zfs.root, 'gate');
  writeFileSync(file, gate);
  const [program = 'sh', ...options] = shell;
  return new Promise((resolve, reject) => {
    const env = { PATH: '/usr/bin:/bin', SSH_ORIGINAL_COMMAND: command };
    const child = spawn(program, [...options, file], { env, cwd: zfs.root });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({ exitCode: exitCode ?? 255, ...output });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.write(stdin);
    if (!stdin.endsWith('} </dev/null; exit\n')) child.stdin.end();
  });
}

class GateRunner implements ScriptRunner {
  readonly sent: HostScript[] = [];
  readonly #shell: readonly string[];
  readonly #gate: string;

  constructor(shell: readonly string[] = ['sh'], gate = gateOf(plan, { version: '1.2.3' })) {
    this.#shell = shell;
    this.#gate = gate;
  }

  run(_host: string, script: HostScript): Promise<ScriptResult> {
    this.sent.push(script);
    const { command, stdin } = encodeScript(script);
    return send({ stdin, command, shell: this.#shell, gate: this.#gate });
  }
}

const tools = { chownCommand: 'true', setfaclCommand: 'true' };

function remoteBehind(runner: ScriptRunner): RemoteZfs {
  return remoteZfsOn(zfs, { ...tools, runner });
}

const dataset = 'tank/k/pvc-1';
const request = aCreation({
  sharing: sharedWith('on'),
  userProperties: { 'x:note': `it's "a" $HOME * \\ ; rm` },
  nativeProperties: { atime: 'off' },
  ownership: { mode: '2770', uid: 1000, gid: 1000, acl: ['u:1000:rwx', 'm::rwx'] },
});
const location = { host: 'nas-1', dataset, identity: anIdentity };
const removal = {
  ...location,
  destroySnapshots: true,
  parentGuid: '10006',
  mountpoint: undefined,
  onlyIfEmpty: false,
};
const growth = {
  ...location,
  sizeBytes: 6_000_000_000n,
  quota: 'both',
  reservation: 'thick',
  maxOvercommit: 10,
} as const;

describe('the gate', () => {
  it.each(shells.map((shell) => [shell.join(' '), shell] as const))(
    'lets every verb through under %s',
    async (_name, shell) => {
      const host = remoteBehind(new GateRunner(shell));

      await expect(host.create(request)).resolves.toMatchObject({ adopted: false });
      await expect(host.create(request)).resolves.toMatchObject({ adopted: true });
      await expect(host.grow(growth)).resolves.toBe(6_000_000_000n);
      await expect(host.scan('nas-1', ['tank/k'])).resolves.toMatchObject({
        datasets: [{ dataset }],
      });
      await expect(
        host.reshare('nas-1', anIdentity, [
          {
            host: 'nas-1',
            dataset,
            volumeName: 'pvc-1',
            options: { linux: 'rw=@192.0.2.0/24', freebsd: '-network 192.0.2.0/24 -ro' },
          },
        ]),
      ).resolves.toEqual(['shared']);
      const times = { trashedAtMs: 1_700_000_000_000, expiresAtMs: 1_700_000_001_000 };
      const unmounted = { ...location, parentGuid: undefined, mountpoint: undefined };
      await expect(host.retain({ ...unmounted, ...times })).resolves.toBe('retained');
      const trashed = await host.trash({ ...unmounted, ...times });
      if (trashed.kind !== 'trashed') throw new Error('it is absent');
      const inTrash = { ...location, dataset: trashed.dataset };
      await expect(host.restore({ ...inTrash, restoredAs: dataset })).resolves.toMatchObject({
        dataset,
      });
      await expect(
        host.repair({ ...location, repairs: [{ kind: 'mount' }, { kind: 'readonly' }] }),
      ).resolves.toBeUndefined();
      await expect(host.destroy(removal)).resolves.toBe('destroyed');
    },
  );

  it('knows the parameters of every script', () => {
    expect(Object.keys(gateParameters).sort()).toEqual(Object.keys(remoteScripts).sort());
  });

  it.each([
    ['another parent', { dataset: 'tank/other/pvc-1' }],
    ['a parent', { dataset: 'tank/k' }],
    ['below a volume', { dataset: 'tank/k/a/b' }],
    ['a sibling by name', { dataset: 'tank/k2/pvc-1' }],
    ['the trash', { dataset: 'tank/k/.trash' }],
  ])('refuses %s, and the product says so', async (_title, where) => {
    const host = remoteBehind(new GateRunner());

    for (const attempt of [
      () => host.destroy({ ...removal, ...where }),
      () => host.create({ ...request, ...where }),
      () => host.grow({ ...growth, ...where }),
    ]) {
      const error = await attempt().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(HostPermissionError);
      expect(String(error)).toMatch(
        /zfs-provisioner gate: refused: parameter 3 of \w+ is none that this host was set up for \((dataset|volume)\)/,
      );
    }
    expect(zfs.takeLog()).toEqual(['']);
  });

  it('refuses a program, a file or a property that the host was not set up with', async () => {
    const runner = new GateRunner();
    const others = [
      () => remoteZfsOn({ command: `${zfs.command} -x` }, { runner }).create(request),
      () => remoteZfsOn(zfs, { runner, chmodCommand: 'sh' }).create(request),
      () => remoteZfsOn(zfs, { ...tools, runner, exportsFiles: ['/etc/shadow'] }).create(request),
      () => remoteBehind(runner).create({ ...request, nativeProperties: { overlay: 'on' } }),
      () => remoteBehind(runner).scan('nas-1', ['tank/other']),
    ];

    for (const attempt of others)
      await expect(attempt()).rejects.toThrow('zfs-provisioner gate: refused: parameter');
    expect(zfs.takeLog()).toEqual(['']);
  });

  it('says what to do where a key asks for more than the scripts', async () => {
    const result = await send({ stdin: '', command: 'zfs destroy tank' });

    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toMatch(
      /^zfs-provisioner gate: refused: this key is for zfs-provisioner alone/,
    );
  });

  it('knows the scripts of the gate before it, so that two versions may log in', async () => {
    const old = gateOf(plan, { version: '0.9.0' }).replaceAll(
      digestOf(remoteScripts.scan),
      digestOf('echo an older scan "$@"'),
    );
    const gate = gateOf(plan, { version: '1.2.3', before: old });
    const older = { verb: 'scan', script: 'echo an older scan "$@"', timeoutMs: 1000 };
    const { stdin } = encodeScript({
      ...older,
      parameters: ['nonce000', zfs.command, 'type', 'guid', 'tank/k'],
    });

    expect(gate.match(/\bcreate [0-9a-f]{64} /g)).toHaveLength(1);
    await expect(send({ stdin, gate })).resolves.toMatchObject({
      exitCode: 0,
      stdout: `an older scan nonce000 ${zfs.command} type guid tank/k\n`,
    });
    await expect(send({ stdin })).resolves.toMatchObject({ exitCode: 1, stdout: '' });
    await expect(remoteBehind(new GateRunner(['sh'], gate)).create(request)).resolves.toBeDefined();
  });

  it('is named in authorized_keys with nothing else that the key may do', () => {
    expect(authorizedKeysOf(aHostPlan({ publicKey: 'ssh-ed25519 AAAA x' }), true)).toBe(
      'restrict,command="/usr/local/libexec/zfs-provisioner/gate" ssh-ed25519 AAAA x\n',
    );
  });
});

describe.each(shells.map((shell) => [shell.join(' '), shell] as const))(
  'what is hostile, under %s,',
  (_name, shell) => {
    const canary = (): string => join(zfs.root, 'canary');

    it('runs nothing as SSH_ORIGINAL_COMMAND', async () => {
      const touch = `touch ${canary()}`;
      const commands = [
        ...[
          '',
          'sh',
          'sh -s ',
          ' sh -s',
          'sh -s -x',
          'sh -s\n',
          `sh -s\n${touch}`,
          `sh -s; ${touch}`,
        ],
        ...[
          `sh -s $(${touch})`,
          `\`${touch}\``,
          touch,
          `sh -c '${touch}'`,
          'scp -t /',
          'internal-sftp',
        ],
        ...['*', '-s', "' sh -s", '%s%s%n', 'sh\t-s', `x" = x -o "sh -s" = "sh -s`, '('],
      ];
      for (const command of commands) {
        const { exitCode, stderr } = await send({ stdin: `${touch}\n`, command, shell });
        const isRefused = stderr.startsWith('zfs-provisioner gate: refused: this key is for');
        expect([command, exitCode, isRefused]).toEqual([command, 1, true]);
      }
      expect(existsSync(canary())).toBe(false);
    });

    it('runs nothing that is on standard input', async () => {
      const touch = `touch ${canary()}`;
      const runner = new GateRunner(shell);
      await expect(remoteBehind(runner).scan('nas-1', ['tank/other'])).rejects.toThrow('gate');
      const [sent] = runner.sent;
      if (sent === undefined) throw new Error('nothing was sent');
      const ours = encodeScript({
        ...sent,
        parameters: ['nonce000', zfs.command, 'type', 'guid', 'tank/k'],
      }).stdin;
      const head = (line: string): string => ours.replace(/^.*\n/, `${line}\n`);
      const good = `{ set -- 'nonce000' '${zfs.command}' 'type' 'guid' 'tank/k'`;
      await expect(send({ stdin: ours, shell })).resolves.toMatchObject({ exitCode: 0 });

      const inputs = [
        ...['', '\n', `${touch}\n`, touch, `{ ${touch}\n} </dev/null; exit\n`],
        ours.slice(0, -20),
        ours.replace('\n} </dev/null; exit', `\n${touch}\n} </dev/null; exit`),
        ours.replace('begin()', `begin() { ${touch}; }\nbegin2()`),
        head(`${good}; ${touch}`),
        head(`${good} $(${touch})`),
        head(`${good}'$(${touch})'`),
        head(`${good} '\\'`),
        head(`${good} 'a'\\''`),
        head(`${good} 'a'\\'';${touch};'`),
        head(`${good} 'a'\\\\''b'`),
        head(`${good} "a"`),
        head(`${good}\t'tank/k'`),
        head(`${good}  'tank/k'`),
        head(`${good} 'tank/k'  `),
        head(`${good} 'tank/k`),
        head(`${good} 'tank/other'`),
        head(`${good} 'tank/k/../other'`),
        head(`${good} 'tank/k/-r'`),
        head(`${good} tank/k`),
        head(`${good}\r`),
        head(`{ set --'nonce000'`),
        head(`{ set --`),
        head(`{ set -- 'nonce000' 'sh -c ${touch}' 'type' 'guid' 'tank/k'`),
        head(`{ set -- 'n' '${zfs.command}' 'type' 'guid' 'tank/k'`),
        head(`{ set -- 'nonce000' '${zfs.command}' '-o' 'guid' 'tank/k'`),
        head(`{ ${touch}; set -- 'nonce000' '${zfs.command}' 'type' 'guid' 'tank/k'`),
        head(`${good} 'tank/k\u0000'`),
        head(`${good} '\u001b[2J'`),
        head(`proven`),
      ];
      for (const stdin of inputs) {
        const { exitCode, stderr, stdout } = await send({ stdin, shell });
        // NUL never gets into a shell's variable: what is left of it is what is looked at, and what is run.
        const isAllowed = stdin.includes('\u0000') && exitCode === 0;
        expect([
          stdin.slice(0, 120),
          isAllowed ||
            (exitCode === 1 &&
              stdout === '' &&
              stderr.startsWith('zfs-provisioner gate: refused: ')),
        ]).toEqual([stdin.slice(0, 120), true]);
      }
      expect(existsSync(canary())).toBe(false);
    });
  },
);
