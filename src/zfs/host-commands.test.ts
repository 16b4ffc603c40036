import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { aCreation } from '../../test/support/creation.ts';
import { FakeZfs, remoteZfsOn } from '../../test/support/fake-zfs.ts';

let zfs: FakeZfs;

beforeEach(() => {
  zfs = new FakeZfs('tank', 'tank/k');
});
afterEach(() => {
  zfs.remove();
});

it('calls zfs and its tools on a host as that host wants them called', async () => {
  const ownCommands = {
    zfs: zfs.command,
    chmod: 'env chmod',
    chown: '/nowhere/chown',
    setfacl: 'setfacl',
  };
  const remote = remoteZfsOn(
    { command: '/nowhere/zfs' },
    { commandsOf: (host) => (host === 'nas-1' ? ownCommands : undefined) },
  );
  const { ownership } = aCreation();

  await expect(remote.create(aCreation())).resolves.toMatchObject({ adopted: false });
  await expect(
    remote.create(aCreation({ ownership: { ...ownership, uid: 1000 } })),
  ).rejects.toThrow(/chown failed.*nowhere\/chown/);
  await expect(remote.create(aCreation({ host: 'nas-2' }))).rejects.toThrow(/exit code 127/);
});
