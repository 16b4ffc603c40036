import { optional, setting } from './documented.ts';
import {
  dnsLabel,
  duration,
  listenAddress,
  oneOf,
  path,
  provisionerName,
  wholeNumber,
} from './kinds.ts';

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

export type LogLevel = (typeof logLevels)[number];

/** What the process is, and where it listens. */
export const processVariables = {
  ZFS_PROVISIONER_INSTANCE: setting(provisionerName, {
    default: 'pv.kubernetes.io/zfs',
    example: 'zfs.example.com/production',
    description: 'Name of this provisioner: `provisioner` of its StorageClasses.',
  }),
  POD_NAMESPACE: optional(dnsLabel, {
    unset: "the service account's namespace, else `default`",
    example: 'zfs-system',
    description: 'Namespace of the lease.',
  }),
  ZFS_KUBE_CONFIG_PATH: optional(path, {
    unset: '`KUBECONFIG`, else the service account of the pod',
    example: '/etc/zfs-provisioner/kubeconfig',
    description: 'kubeconfig file of the cluster.',
  }),
  KUBECONFIG: optional(path, {
    unset: 'the service account of the pod',
    example: '/home/me/.kube/config',
    description: 'As kubectl knows it; `ZFS_KUBE_CONFIG_PATH` comes first.',
  }),
  ZFS_WATCH_IDLE_TIMEOUT: setting(duration({ minMs: 1000 }), {
    default: '150s',
    example: '5m',
    description:
      'A watch of the API server that says nothing for so long counts as dead and is opened anew. A live one says something about once a minute.',
  }),
  ZFS_LOG_LEVEL: setting(oneOf(logLevels), {
    default: 'info',
    example: 'debug',
    description: 'Least severe level that is logged.',
  }),
  ZFS_METRICS_PORT: setting(wholeNumber(1, 65_534), {
    default: '8080',
    example: '9090',
    description: 'Port of `/metrics`, `/livez` and `/readyz`. The next port serves `/healthz`.',
  }),
  ZFS_METRICS_ADDR: setting(listenAddress, {
    default: '0.0.0.0',
    example: '::',
    description: 'Address that both ports are bound to.',
  }),
};
