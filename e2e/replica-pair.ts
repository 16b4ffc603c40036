import type { ProvisionerProcess } from './bench/provisioner-process.ts';
import { ApiStatusError } from './bench/control-plane/admin-api.ts';
import type { Stage } from './stage.ts';

export interface ReplicaPair {
  readonly leader: ProvisionerProcess;
  readonly standby: ProvisionerProcess;
}

/** Starts two replicas; resolves when both are ready and one of them leads. */
export async function startPair(
  stage: Stage,
  env: Readonly<Record<string, string>> = {},
): Promise<ReplicaPair> {
  const leader = await stage.installation.start(env);
  await untilLeading(leader);
  const standby = await stage.installation.start(env);
  await Promise.all([leader.untilReady(), standby.untilReady()]);
  return { leader, standby };
}

/** Resolves with the milliseconds until the replica leads. */
export async function untilLeading(
  replica: ProvisionerProcess,
  timeoutMs = 20_000,
): Promise<number> {
  const startedAt = performance.now();
  await replica.waitFor(({ msg }) => msg === 'leading', timeoutMs);
  return performance.now() - startedAt;
}

/** Identity of who holds the provisioner's lease: empty when it was let go. */
export async function leaseHolder(stage: Stage): Promise<string | undefined> {
  const { api } = stage.bench.controlPlane;
  const folder = `/apis/coordination.k8s.io/v1/namespaces/${stage.installation.namespace}/leases`;
  const name = stage.installation.env['ZFS_PROVISIONER_INSTANCE']?.replaceAll('/', '-') ?? '';
  try {
    const lease = await api.call<{ spec: { holderIdentity?: string } }>(`${folder}/${name}`);
    return lease.spec.holderIdentity ?? '';
  } catch (error) {
    if (error instanceof ApiStatusError && error.status === 404) return undefined;
    throw error;
  }
}

/** The value of a metric without labels. */
export async function metricOf(replica: ProvisionerProcess, name: string): Promise<number> {
  const line = (await replica.metrics()).split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.split(' ')[1] ?? NaN);
}
