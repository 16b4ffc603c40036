import { createHash } from 'node:crypto';

import { administratorsProperties, settableProperties } from '../../volume/native-properties.ts';
import { compileCommandWords } from '../../zfs/command-words.ts';
import { remoteScripts } from '../../zfs/remote-scripts.ts';
import gateBody from './gate.sh';
import { gateParameters } from './gate-parameters.ts';
import type { HostPlan } from './host-plan.ts';
import { tools } from './host-plan.ts';
import { quoted } from './quoted.ts';

/** Where the gate is on a host, for `command="..."` of authorized_keys. */
export const gatePath = '/usr/local/libexec/zfs-provisioner/gate';

export interface GateOptions {
  readonly version: string;
  /** The gate that is there now: the scripts that it knows stay known, so that two versions can log in during an upgrade. */
  readonly before?: string | undefined;
}

/** The gate for authorized_keys: a script of POSIX sh that lets nothing through but our scripts, for these parents. */
export function gateOf(plan: HostPlan, { version, before = '' }: GateOptions): string {
  const known = Object.entries(remoteScripts).map(
    ([verb, script]) => `${verb} ${digestOf(script)} ${version}`,
  );
  const digests = new Set(known.map((line) => line.split(' ')[1]));
  const others = scriptsIn(before).filter((line) => !digests.has(line.split(' ')[1]));
  const properties = settableProperties.filter(
    (name) => !administratorsProperties.includes(name) || plan.allowedProperties.includes(name),
  );
  const own = ['refquota', 'quota', 'refreservation'];
  const allowed = [
    ...tools.map((tool) => `${tool}:${compileCommandWords(plan.commands[tool])}`),
    `files:${plan.exportsFiles.join(' ')}`,
    ` ${[...properties, ...own].map((name) => `property:${name}`).join(' ')} `,
  ];
  const parameters = Object.entries(gateParameters).map(([verb, kinds]) => `${verb}: ${kinds}`);
  return [
    '#!/bin/sh',
    '# Made by `kubectl zfs host-setup`; owned by root, and writable by root alone.',
    `scripts=${quoted([...known, ...others].join('\n'))}`,
    `parameters=${quoted(parameters.join('\n'))}`,
    `parents=${quoted(plan.parents.map(({ dataset }) => dataset).join('\n'))}`,
    `allowed=${quoted(allowed.join('\n'))}`,
    gateBody,
  ].join('\n');
}

/** Of a script as it arrives: encodeScript (host/script-encoding.ts) puts a line end after it. */
export function digestOf(script: string): string {
  return createHash('sha256').update(`${script}\n`).digest('hex');
}

/** `VERB SHA256 VERSION` of a gate that was made before; of a text that is none: nothing. */
function scriptsIn(gate: string): readonly string[] {
  return (/^scripts='([^']*)'$/m.exec(gate)?.[1] ?? '')
    .split('\n')
    .filter((line) => /^[a-z]+ [0-9a-f]{64} [A-Za-z0-9.+-]+$/.test(line));
}

/** The line of authorized_keys; with the gate, whatever the key asks for, the gate is run. */
export function authorizedKeysOf({ publicKey }: HostPlan, withGate: boolean): string {
  const key = publicKey ?? 'ssh-ed25519 AAAA... zfs-provisioner';
  return withGate ? `restrict,command="${gatePath}" ${key}\n` : `restrict ${key}\n`;
}
