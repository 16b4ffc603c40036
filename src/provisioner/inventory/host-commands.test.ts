import { describe, expect, it } from '@jest/globals';

import { commandsOf } from './host-commands.ts';
import { parseHostsFile } from './hosts-file.ts';

function commandsFor(more: string): ReturnType<typeof commandsOf> {
  const [host] = parseHostsFile(`hosts:\n  - name: nas-1\n${more}`);
  return commandsOf(host);
}

describe('the commands of a host', () => {
  it('are those of the settings where the hosts file says nothing', () => {
    expect(commandsOf(undefined)).toBeUndefined();
    expect(commandsFor('')).toBeUndefined();
  });

  it.each([
    ['sudo', 'sudo -H zfs', 'sudo -H chmod'],
    ['doas', 'doas zfs', 'doas chmod'],
    ['none', 'zfs', 'chmod'],
  ])('are escalated as it says (%s)', (escalation, zfs, chmod) => {
    expect(commandsFor(`    escalation: ${escalation}\n`)).toMatchObject({ zfs, chmod });
  });

  it('take the zfs that it names, with sudo unless it says otherwise', () => {
    const commands = commandsFor('    zfs: /usr/local/sbin/zfs\n');

    expect(commands).toEqual({
      zfs: 'sudo -H /usr/local/sbin/zfs',
      chmod: 'sudo -H chmod',
      chown: 'sudo -H chown',
      setfacl: 'sudo -H setfacl',
    });
  });
});
