import { readFile } from 'node:fs/promises';

import type { Command } from 'commander';

import { messageOf } from '../../errors.ts';
import { shown } from '../../volume/shown.ts';
import type { CliWorld } from '../cli-world.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import { onceRead } from '../frame.ts';
import type { Given } from '../given.ts';
import { UsageError } from '../usage-error.ts';
import { doasConfOf, guardOf } from './doas.ts';
import { authorizedKeysOf, gateOf } from './gate.ts';
import type { HostPlan } from './host-plan.ts';
import { operatingSystems, requireSafe, usualPrograms } from './host-plan.ts';
import type { SetupOptions } from './steps.ts';
import { parts, withParts, withSettings } from './options.ts';
import { commandsFor, stepsOf, waysToRights } from './steps.ts';
import { sudoersOf } from './sudoers.ts';
import { zfsAllowOf } from './zfs-allow.ts';

type Part = (typeof parts)[number];

interface Asked {
  readonly plan: HostPlan;
  readonly setup: Omit<SetupOptions, 'gate'> & { readonly withGate: boolean };
  readonly part: Part;
  readonly keyFile: string | undefined;
  readonly gateBefore: string | undefined;
}

/** `host-setup`: prints what a storage host has to let the provisioner do. Talks to nothing. */
export function addHostSetupCommand(
  program: Command,
  world: CliWorld,
  done: (code: ExitCode) => void,
): void {
  const command = withSettings(withParts(program.command('host-setup'))).description(
    'print what root runs on a new storage host: user, key, rights, and nothing more than is used',
  );
  onceRead(command, read, async (asked) => {
    world.terminal.write(await print(asked, world.version));
    done(exitCodes.done);
  });
}

function read(given: Given): Asked {
  given.noWords();
  const os = choice(given, 'os', operatingSystems, 'debian');
  const rights = choice(given, 'rights', waysToRights, os === 'freebsd' ? 'doas' : 'sudo');
  const zfsProgram = given.text('zfsProgram');
  const asked = {
    zfs: given.text('zfsBin') ?? '',
    chmod: given.text('chmodBin') ?? '',
    chown: given.text('chownBin') ?? '',
    setfacl: given.text('setfaclBin') ?? '',
  };
  const named = given.texts('parent');
  return {
    plan: {
      os,
      user: given.text('user') ?? '',
      publicKey: undefined,
      parents: (named.length > 0 ? named : listed(given, 'allowedParents')).map((text) =>
        parentIn(text),
      ),
      commands: commandsFor(rights, asked),
      programs: { ...usualPrograms[os], ...(zfsProgram !== undefined && { zfs: zfsProgram }) },
      allowedProperties: listed(given, 'allowedProperties'),
      exportsFiles: listed(given, 'exportsFiles'),
    },
    setup: { rights, withGate: given.has('gate') || given.text('gateBefore') !== undefined },
    part: choice(given, 'print', parts, 'steps'),
    keyFile: given.text('publicKey'),
    gateBefore: given.text('gateBefore'),
  };
}

/** `tank/kubernetes` is mounted where ZFS mounts it unless it is told otherwise. */
function parentIn(text: string): HostPlan['parents'][number] {
  const [dataset = '', mountpoint = `/${dataset}`] = text.split(/=(.*)/s, 2);
  return { dataset, mountpoint: mountpoint.replace(/\/$/, '') };
}

function choice<T extends string>(
  given: Given,
  option: string,
  among: readonly T[],
  fallback: T,
): T {
  const text = given.text(option) ?? fallback;
  const known = among.find((each) => each === text);
  if (known === undefined)
    given.wrong(`--${option} is ${shown(text)}: expected one of ${among.join(', ')}`);
  return known ?? fallback;
}

function listed(given: Given, option: string): readonly string[] {
  return (given.text(option) ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

async function print(
  { plan, setup, part, keyFile, gateBefore }: Asked,
  version: string,
): Promise<string> {
  const publicKey = keyFile === undefined ? undefined : (await text(keyFile)).trim();
  const before = gateBefore === undefined ? undefined : await text(gateBefore);
  const whole = { ...plan, publicKey };
  requireSafe(whole);
  const gate = { version, before };
  const printed: Readonly<Record<Part, () => string>> = {
    steps: () => stepsOf(whole, { rights: setup.rights, gate: setup.withGate ? gate : undefined }),
    sudoers: () => sudoersOf(whole),
    doas: () => doasConfOf(whole),
    guard: () => guardOf(whole),
    'zfs-allow': () => zfsAllowOf(whole),
    gate: () => gateOf(whole, gate),
    'authorized-keys': () => authorizedKeysOf(whole, setup.withGate),
  };
  return printed[part]();
}

async function text(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    throw new UsageError([`${file} cannot be read: ${messageOf(thrown)}`]);
  }
}
