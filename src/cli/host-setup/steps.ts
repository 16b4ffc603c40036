import { authorizedKeysOf, gateOf, gatePath } from './gate.ts';
import type { GateOptions } from './gate.ts';
import { doasConfOf, guardedCommands, guardOf, guardPath } from './doas.ts';
import type { HostPlan, Tool } from './host-plan.ts';
import { word } from './quoted.ts';
import { sudoersOf } from './sudoers.ts';
import { zfsAllowOf } from './zfs-allow.ts';

/** How the user gets its rights: by sudo, by doas and the guard, or by ZFS's own delegation. */
export const waysToRights = ['sudo', 'doas', 'zfs-allow'] as const;
export type WayToRights = (typeof waysToRights)[number];

export interface SetupOptions {
  readonly rights: WayToRights;
  /** Undefined: the key is let in without a gate. */
  readonly gate: GateOptions | undefined;
}

const variables: Readonly<Record<Tool, string>> = {
  zfs: 'ZFS_BIN',
  chmod: 'ZFS_CHOWN_BIN',
  chown: 'ZFS_OWNER_BIN',
  setfacl: 'ZFS_ACL_BIN',
};

/** What the provisioner has to call on the host, whatever was set before. */
export function commandsFor(
  rights: WayToRights,
  asked: HostPlan['commands'],
): HostPlan['commands'] {
  switch (rights) {
    case 'sudo':
      return asked;
    case 'doas':
      return guardedCommands();
    case 'zfs-allow':
      return { zfs: 'zfs', chmod: 'chmod', chown: 'chown', setfacl: 'setfacl' };
  }
}

/** What root runs on a new host, step by step: a shell script with remarks, to be read and then pasted. */
export function stepsOf(plan: HostPlan, { rights, gate }: SetupOptions): string {
  const steps = [
    userStep(plan),
    keyStep(plan, gate !== undefined),
    ...(gate === undefined
      ? []
      : [fileStep('The gate: all that the key may run', gatePath, gateOf(plan, gate), '0755')]),
    ...rightsSteps(plan, rights),
    parentStep(plan),
    settingsRemark(plan),
  ];
  return [
    '# A storage host for zfs-provisioner. Run as root on the host; each step may be repeated.',
    ...steps.map((step, index) => `# ${index + 1}. ${step}`),
  ].join('\n\n');
}

function userStep({ os, user }: HostPlan): string {
  const create = {
    debian: `useradd --create-home --shell /bin/sh --password '*' ${user}`,
    freebsd: `pw useradd ${user} -m -s /bin/sh -h -`,
  };
  return [
    'The user that the provisioner logs in as. It has no password.',
    `id ${user} >/dev/null 2>&1 || ${create[os]}`,
  ].join('\n');
}

function keyStep(plan: HostPlan, withGate: boolean): string {
  const { user } = plan;
  const line = authorizedKeysOf(plan, withGate).trimEnd();
  return [
    `Its key${withGate ? ', good for the gate alone' : ''}: no terminal, no forwarding.`,
    `home=$(getent passwd ${user} | cut -d: -f6)`,
    `install -d -m 700 -o ${user} "$home/.ssh"`,
    `cat >"$home/.ssh/authorized_keys" <<'END'`,
    line,
    'END',
    `chown ${user} "$home/.ssh/authorized_keys" && chmod 600 "$home/.ssh/authorized_keys"`,
  ].join('\n');
}

function rightsSteps(plan: HostPlan, rights: WayToRights): readonly string[] {
  switch (rights) {
    case 'sudo':
      return [sudoersStep(plan)];
    case 'doas':
      return [
        fileStep('The guard, which doas runs as root', guardPath, guardOf(plan), '0755'),
        doasStep(plan),
      ];
    case 'zfs-allow':
      return [allowStep(plan)];
  }
}

function sudoersStep(plan: HostPlan): string {
  const folder = { debian: '/etc/sudoers.d', freebsd: '/usr/local/etc/sudoers.d' }[plan.os];
  const file = `${folder}/${plan.user}`;
  // sudo ignores names with a dot: it never sees a file that was not checked.
  return [
    'What it may do as root: this and nothing else. visudo looks at it before sudo does.',
    `cat >${file}.new <<'END'`,
    `${sudoersOf(plan)}END`,
    `chmod 440 ${file}.new && visudo -c -f ${file}.new && mv ${file}.new ${file}`,
  ].join('\n');
}

function doasStep(plan: HostPlan): string {
  const file = { debian: '/etc/doas.conf', freebsd: '/usr/local/etc/doas.conf' }[plan.os];
  return [
    'What doas lets it do: run the guard.',
    `touch ${file}`,
    `grep -qF 'permit nopass ${plan.user} as root cmd ${guardPath}' ${file} || cat >>${file} <<'END'`,
    `${doasConfOf(plan)}END`,
    `doas -C ${file}`,
  ].join('\n');
}

function allowStep(plan: HostPlan): string {
  const mounting = {
    debian:
      'On Linux users cannot mount: volumes will be made, and then cannot be used. Use sudo there.',
    freebsd:
      'Users have to be let mount (vfs.usermount), and own the place that they mount on. Sharing by NFS needs root: use doas or sudo for it.',
  };
  const more = plan.os === 'freebsd' ? ['sysctl vfs.usermount=1'] : [];
  return [
    `What it may do with ZFS. ${mounting[plan.os]}`,
    ...more,
    zfsAllowOf(plan).trimEnd(),
  ].join('\n');
}

function parentStep({ parents }: HostPlan): string {
  const lines = parents.flatMap(({ dataset, mountpoint }) => [
    `zfs list ${dataset} >/dev/null 2>&1 || zfs create -p -o mountpoint=${mountpoint} ${dataset}`,
    `[ "$(zfs get -H -o value mountpoint ${dataset})" = ${mountpoint} ] || echo "${dataset} is mounted elsewhere: make these lists anew" >&2`,
  ]);
  return ['Where volumes are made. root owns it, and nobody else may write there.', ...lines].join(
    '\n',
  );
}

function settingsRemark({ commands, parents, user }: HostPlan): string {
  const entries = Object.entries(variables).map(
    ([tool, name]) => `#    ${name}=${word(commands[tool as Tool])}`,
  );
  return [
    'Nothing to run: what the provisioner has to be set to.',
    `#    ZFS_SSH_USER=${user}`,
    `#    ZFS_ALLOWED_PARENTS=${parents.map(({ dataset }) => dataset).join(',')}`,
    ...entries,
    '',
  ].join('\n');
}

function fileStep(what: string, path: string, text: string, mode: string): string {
  const folder = path.slice(0, path.lastIndexOf('/'));
  return [
    `${what}.`,
    `install -d -m 755 ${folder}`,
    `cat >${path}.new <<'END_OF_FILE'`,
    text.trimEnd(),
    'END_OF_FILE',
    `chown 0:0 ${path}.new && chmod ${mode} ${path}.new && mv ${path}.new ${path}`,
  ].join('\n');
}
