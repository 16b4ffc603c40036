import type { Right, ServiceAccountName } from '../../kube/checkup-api.ts';
import type { LeaseExpected } from './patient.ts';

/** A right, and what it is needed for. */
export interface NeededRight extends Right {
  readonly usedFor: string;
}

/** What a person needs for the commands (docs/kubectl-zfs.md). */
export const readingRights: readonly NeededRight[] = [
  { verb: 'list', group: '', resource: 'persistentvolumes', usedFor: 'every command' },
  { verb: 'list', group: '', resource: 'persistentvolumeclaims', usedFor: 'every command' },
  { verb: 'list', group: 'storage.k8s.io', resource: 'storageclasses', usedFor: 'every command' },
  {
    verb: 'get',
    group: '',
    resource: 'namespaces',
    name: 'kube-system',
    usedFor: 'every command',
  },
];

/** What only some of them need. */
export const furtherRights: readonly NeededRight[] = [
  { verb: 'get', group: '', resource: 'persistentvolumes', usedFor: 'trash restore, adopt' },
  { verb: 'create', group: '', resource: 'persistentvolumes', usedFor: 'trash restore, adopt' },
  { verb: 'get', group: '', resource: 'persistentvolumeclaims', usedFor: 'trash restore, adopt' },
  {
    verb: 'create',
    group: '',
    resource: 'persistentvolumeclaims',
    usedFor: 'trash restore, adopt',
  },
  { verb: 'get', group: '', resource: 'namespaces', usedFor: 'trash restore, adopt' },
  { verb: 'patch', group: '', resource: 'persistentvolumes', usedFor: 'guard release' },
  { verb: 'list', group: '', resource: 'events', usedFor: 'describe' },
];

/** What the provisioner calls: the same as charts/zfs-provisioner/templates/rbac.yaml grants. */
export function provisionerRights(
  { namespace }: Pick<ServiceAccountName, 'namespace'>,
  { listsPods, lease }: { readonly listsPods: boolean; readonly lease: LeaseExpected },
): readonly Right[] {
  const core = (resource: string, ...verbs: readonly string[]): readonly Right[] =>
    verbs.map((verb) => ({ verb, group: '', resource }));
  const leases = { group: 'coordination.k8s.io', resource: 'leases', namespace };
  const { name } = lease;
  return [
    ...core('persistentvolumes', 'get', 'list', 'watch', 'create', 'patch', 'delete'),
    ...core('persistentvolumeclaims', 'get', 'list', 'watch', 'patch'),
    { verb: 'patch', group: '', resource: 'persistentvolumeclaims', subresource: 'status' },
    ...(listsPods ? core('pods', 'list') : []),
    ...['list', 'watch'].map((verb) => ({
      ...{ verb, group: 'storage.k8s.io', resource: 'storageclasses' },
    })),
    ...core('nodes', 'list', 'watch'),
    ...core('events', 'create', 'patch'),
    { verb: 'get', group: '', resource: 'namespaces', name: 'kube-system' },
    ...(lease.isUsed
      ? [
          { verb: 'create', ...leases },
          ...['get', 'update'].map((verb) => ({ verb, ...leases, name })),
        ]
      : []),
  ];
}

/** `patch persistentvolumeclaims/status`, `create leases in zfs-system` */
export function describeRight({ verb, resource, subresource, namespace, name }: Right): string {
  const kind = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where = namespace === undefined ? '' : ` in ${namespace}`;
  return `${verb} ${kind}${name === undefined ? '' : ` ${name}`}${where}`;
}
