import { join } from 'node:path';
import type { Bench } from '../bench/bench.ts';
import { ensureNamespace } from '../bench/control-plane/cluster-objects.ts';
import { provisionerCommand } from '../bench/provisioner-process.ts';
import { productStages } from '../image/dockerfile.ts';
import { Installation } from '../installation.ts';

export type ContestantName = 'product' | 'peer';

/** A provisioner that takes the classic parameters and `ZFS_*` variables, and who it is to the API server. */
export interface Contestant {
  readonly name: ContestantName;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Its name in classes. */
  readonly instance: string;
  readonly namespace: string;
  /** As the audit log names it. */
  readonly user: string;
}

/** The product as its image runs it, with the rights and the environment that the chart gives it. */
export async function installProduct(bench: Bench): Promise<Contestant> {
  const namespace = 'zfs-system';
  const installation = await Installation.install(bench, [], { namespace });
  return {
    name: 'product',
    command: provisionerCommand,
    env: { ...productStages().at(-1)?.env, ...installation.env },
    instance: installation.env['ZFS_PROVISIONER_INSTANCE'] ?? '',
    namespace,
    user: `system:serviceaccount:${namespace}:zfs-provisioner`,
  };
}

const peerInstance = 'peer.benchmark/zfs';

/** Rights that a classic provisioner needs: those of sig-storage's library, and growth. */
const peerRules = [
  rule('coordination.k8s.io', ['leases'], ['create', 'get', 'list', 'watch', 'update', 'patch']),
  rule('', ['events'], ['create', 'patch', 'update', 'get', 'list', 'watch']),
  rule('events.k8s.io', ['events'], ['create', 'patch', 'update', 'get', 'list', 'watch']),
  rule('', ['persistentvolumes'], ['create', 'delete', 'get', 'list', 'watch', 'patch', 'update']),
  rule('', ['persistentvolumeclaims'], ['get', 'list', 'watch', 'update', 'patch']),
  rule('', ['persistentvolumeclaims/status'], ['get', 'update', 'patch']),
  rule('', ['nodes'], ['get', 'list', 'watch']),
  rule('storage.k8s.io', ['storageclasses'], ['get', 'list', 'watch']),
];

function rule(apiGroup: string, resources: readonly string[], verbs: readonly string[]): object {
  return { apiGroups: [apiGroup], resources, verbs };
}

/** Any other provisioner, given as a command, with an identity of its own. */
export async function installPeer(bench: Bench, commandLine: string): Promise<Contestant> {
  const namespace = 'peer-system';
  const name = 'peer';
  await ensureNamespace(bench.controlPlane, namespace);
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  const objects = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: peerRules,
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef,
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ];
  await bench.apply(objects.map((each) => JSON.stringify(each)).join('\n---\n'));
  const { kubeconfig } = await bench.serviceAccountKubeconfig(namespace, name);
  const command = commandLine.trim().split(/\s+/);
  return {
    name: 'peer',
    command,
    env: {
      ZFS_PROVISIONER_INSTANCE: peerInstance,
      ZFS_KUBE_CONFIG_PATH: kubeconfig,
      POD_NAMESPACE: namespace,
      HOME: join(bench.runDir, 'peer'),
    },
    instance: peerInstance,
    namespace,
    user: `system:serviceaccount:${namespace}:${name}`,
  };
}
