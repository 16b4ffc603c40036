import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { consult, expectFound } from '../doctor.ts';
import type { Told } from '../doctor.ts';
import { narrowRights, usualPlanOf } from '../host-rights.ts';
import { KubectlZfs } from '../kubectl-zfs.ts';
import { useOpenZfs } from '../openzfs.ts';

/** Debian's own zfs, sudo, kernel NFS, and the rights that host-setup lists. */
const { stage, host, run } = useOpenZfs({ provisioner: false, classes: [] });

let kubectlZfs: KubectlZfs;

beforeAll(async () => {
  kubectlZfs = new KubectlZfs(stage());
  await stage().createClass('nfs', { parameters: { shareClients: '10.0.0.0/8' } });
  await narrowRights(host(), usualPlanOf(host()));
});
afterAll(() => {
  kubectlZfs.remove();
});

async function look(): ReturnType<typeof consult> {
  return consult(kubectlZfs, { ZFS_BIN: 'sudo -H zfs' }, '--host', host().name);
}

describe('doctor, on OpenZFS', () => {
  it('finds a healthy host healthy', async () => {
    const before = await run(`zfs list -H -r -o name ${host().pool}`);
    const { told } = await look();
    // The clock of a machine that hung on its way up is late indeed.
    const ofHost = told.filter(
      ({ where, check }: Told) => where === host().name && check !== 'clock',
    );

    expect(ofHost.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(ofHost.find(({ check }) => check === 'zfs')?.seen).toMatch(/^zfs-2\./);
    expect(ofHost.find(({ check }) => check === 'pool')?.seen).toMatch(/^ONLINE/);
    expect(await run(`zfs list -H -r -o name ${host().pool}`)).toBe(before);
  }, 60_000);

  it('finds a parent that is readonly, also where it is mounted', async () => {
    await run(`zfs set readonly=on ${host().parentDataset}`);
    const consulted = await look();
    await run(`zfs inherit readonly ${host().parentDataset}`);

    const readonly = { check: 'parent', state: 'fail', names: 'it is readonly' } as const;
    expectFound(consulted, { where: host().name, ...readonly, todo: 'zfs set readonly=off' });
  }, 60_000);
});
