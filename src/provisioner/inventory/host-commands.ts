import type { HostCommands } from '../../zfs/remote-zfs.ts';
import type { HostEntry } from './hosts-file.ts';

const prefixes = { sudo: 'sudo -H ', doas: 'doas ', none: '' } as const;

/** The commands of a host that the hosts file gives some of its own; undefined: those of the settings. */
export function commandsOf(entry: HostEntry | undefined): HostCommands | undefined {
  if (entry?.escalation === undefined && entry?.zfs === undefined) return undefined;
  const prefix = prefixes[entry.escalation ?? 'sudo'];
  return {
    zfs: `${prefix}${entry.zfs ?? 'zfs'}`,
    chmod: `${prefix}chmod`,
    chown: `${prefix}chown`,
    setfacl: `${prefix}setfacl`,
  };
}
