import { quoted } from './quoted.ts';
import guardBody from './guard.sh';
import type { HostPlan } from './host-plan.ts';
import { tools } from './host-plan.ts';
import { expressionOf, forms } from './zfs-forms.ts';

/** Where the guard is on a host; the commands of the settings are `doas <guard> zfs` and so on. */
export const guardPath = '/usr/local/libexec/zfs-provisioner/as-root';

/** doas.conf(5): it allows a program with any arguments or with one list of them, so it allows the guard alone. */
export function doasConfOf({ user }: HostPlan): string {
  return [
    '# What zfs-provisioner may do on this host: made by `kubectl zfs host-setup`. Check: doas -C',
    `permit nopass ${user} as root cmd ${guardPath}`,
    '',
  ].join('\n');
}

/** The guard: a script that runs, as whoever it was called as, what the table has and nothing else. */
export function guardOf(plan: HostPlan): string {
  const expressions = forms.map((form) => `${form.tool}\t${expressionOf(form, plan, '\t')}`);
  return [
    '#!/bin/sh',
    '# Made by `kubectl zfs host-setup`; owned by root, and writable by root alone.',
    `expressions=${quoted(expressions.join('\n'))}`,
    ...tools.map((tool) => `${tool}_program=${quoted(plan.programs[tool])}`),
    guardBody,
  ].join('\n');
}

/** ZFS_BIN and its like for a host with the guard. */
export function guardedCommands(): Readonly<Record<(typeof tools)[number], string>> {
  const command = (tool: string): string => `doas ${guardPath} ${tool}`;
  return {
    zfs: command('zfs'),
    chmod: command('chmod'),
    chown: command('chown'),
    setfacl: command('setfacl'),
  };
}
