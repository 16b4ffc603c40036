import { describe, expect, it } from '@jest/globals';
import { AuditLog } from '../audit-log.ts';
import { eventually } from '../bench/eventually.ts';
import { growTo, limitsOf } from '../growth.ts';
import { createPod, deletePod } from '../pods.ts';
import { useStage } from '../stage.ts';

const stage = useStage({
  nodes: ['storage-1'],
  chartEnv: { ZFS_DELAY_CAPACITY: 'true' },
  classes: [{ name: 'nfs' }],
});

const capacityOf = async (name: string): Promise<string | undefined> =>
  (await stage().volume(name))?.spec.capacity?.storage;

describe('with ZFS_DELAY_CAPACITY, a claim that grows while a pod uses it', () => {
  it('has its size at once; its volume says so once the pod is gone', async () => {
    const volume = await stage().provision({ name: 'used', className: 'nfs' });
    await createPod(stage(), 'user', 'used');

    const claim = await growTo(stage(), 'used', '96Mi');

    expect(claim.status?.conditions).toBeUndefined();
    const { refquota } = await limitsOf(stage(), stage().datasetOf(volume));
    expect(refquota).toBe(String(96 * 1024 * 1024));
    // It was looked at again, and left so.
    const audit = new AuditLog(stage().bench.controlPlane.auditLog);
    await eventually('pods were listed twice', () => {
      const lists = audit
        .since()
        .filter(({ verb, resource }) => `${verb} ${resource}` === 'list pods');
      return lists.filter(({ userAgent }) => userAgent.startsWith('zfs-provisioner')).length >= 2;
    });
    expect(await capacityOf(volume.metadata.name)).toBe('64Mi');

    await deletePod(stage(), 'user');
    await eventually(
      'the volume says its size',
      async () => (await capacityOf(volume.metadata.name)) === '96Mi',
      { timeoutMs: 30_000 },
    );
    expect((await stage().events('used')).filter(({ type }) => type === 'Warning')).toEqual([]);
  });

  it('does not wait for pods that use another', async () => {
    const volume = await stage().provision({ name: 'free', className: 'nfs' });

    await growTo(stage(), 'free', '96Mi');

    expect(await capacityOf(volume.metadata.name)).toBe('96Mi');
  });
});
