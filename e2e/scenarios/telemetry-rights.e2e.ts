import { describe, expect, it } from '@jest/globals';
import { AuditLog } from '../audit-log.ts';
import { eventually } from '../bench/eventually.ts';
import { growTo } from '../growth.ts';
import { useStage } from '../stage.ts';
import { createWaitingClaim, selectedNodeOf, selectNode } from '../waiting-claims.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const stage = useStage({
  expectsDenials: true, // the last one takes rights away
  nodes: ['storage-1', 'node-2'],
  chartEnv: { ZFS_DELAY_CAPACITY: 'true' }, // lists pods
  classes: [
    { name: 'nfs' },
    { name: 'broken', parentDataset: 'nowhere/kubernetes' },
    { name: 'local', type: 'local', volumeBindingMode: 'WaitForFirstConsumer' },
  ],
  env: { ZFS_LEASE_RETRY_PERIOD: '200ms' }, // renewed before the requests are looked at
});

const account = 'system:serviceaccount:zfs-system:zfs-provisioner';
const rbac = '/apis/rbac.authorization.k8s.io/v1';

/** `verb resource` for all that the chart's roles grant. */
async function granted(): Promise<Set<string>> {
  const { api } = stage().bench.controlPlane;
  const roles = [
    `${rbac}/clusterroles/zfs-provisioner`,
    `${rbac}/namespaces/zfs-system/roles/zfs-provisioner`,
  ];
  const rules = await Promise.all(
    roles.map(async (path) => (await api.call<{ rules: readonly Rule[] }>(path)).rules),
  );
  return new Set(
    rules
      .flat()
      .flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            verbs.map((verb) => `${verb} ${group === '' ? resource : `${group}/${resource}`}`),
          ),
        ),
      ),
  );
}

async function failTwice(name: string): Promise<void> {
  await stage().createClaim({ name, className: 'broken' });
  await stage().untilEvent(name, 'ProvisioningFailed');
  await stage().nudgeClaim(name);
  await eventually('the event is counted up', async () =>
    (await stage().events(name)).some(({ count }) => count > 1),
  );
}

describe('the rights of the service account', () => {
  it('are all needed, and nothing is ever asked for that they do not allow', async () => {
    const volume = await stage().provision({ name: 'simple', className: 'nfs' });
    await growTo(stage(), 'simple', '96Mi');
    await failTwice('broken');
    await createWaitingClaim(stage(), { name: 'elsewhere', className: 'local' });
    await selectNode(stage(), 'elsewhere', 'node-2');
    await eventually(
      'the claim is scheduled again',
      async () => (await selectedNodeOf(stage(), 'elsewhere')) === undefined,
    );
    await stage().deleteClaim('simple');
    await stage().untilVolumeGone(volume.metadata.name);

    const requests = new AuditLog(stage().bench.controlPlane.auditLog)
      .since()
      .filter(({ user }) => user === account);
    const used = new Set(requests.map(({ verb, resource }) => `${verb} ${resource}`));

    expect(requests.length).toBeGreaterThan(10);
    expect(requests.filter(({ status }) => status === 401 || status === 403)).toEqual([]);
    const rights = await granted();
    expect([...used].filter((each) => !rights.has(each))).toEqual([]);
    // Asked only where the watch may be behind: a volume that was written is gone before its claim was bound.
    expect([...rights].filter((each) => !used.has(each))).toEqual(['get persistentvolumeclaims']);
    const agents = new Set(requests.map(({ userAgent }) => userAgent));
    expect([...agents]).toEqual(['zfs-provisioner/0.1.0']);
  }, 60_000);

  it('may be missing for a while: claims go on within seconds when they are granted', async () => {
    const { api } = stage().bench.controlPlane;
    const path = `${rbac}/clusterrolebindings/zfs-provisioner`;
    const { subjects } = await api.call<{ subjects: object[] }>(path);
    await api.call(path, { method: 'PATCH', body: { subjects: [] } });

    await stage().createClaim({ name: 'forbidden', className: 'nfs' });
    await stage().provisioner.waitFor(
      ({ code, key }) => code === 'KUBE_FORBIDDEN' && key === 'default/forbidden',
    );
    await api.call(path, { method: 'PATCH', body: { subjects } });

    const volume = await stage().untilBound('forbidden', 10_000);
    expect(volume.spec.claimRef?.name).toBe('forbidden');
  }, 40_000);
});
