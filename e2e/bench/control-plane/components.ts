import { join } from 'node:path';
import type { Certificates } from './certificates.ts';

/** Where the parts of one control plane listen, on 127.0.0.1. */
export interface Ports {
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly controllerManager: number;
  readonly scheduler: number;
}

const loopback = '127.0.0.1';

/** Nothing has to survive a power cut here: no fsync. */
export function etcdArguments(folder: string, ports: Ports): string[] {
  const client = `http://${loopback}:${ports.etcdClient}`;
  const peer = `http://${loopback}:${ports.etcdPeer}`;
  return [
    ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync'],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
    ...['--initial-cluster', `default=${peer}`],
  ];
}

export interface AuditFiles {
  readonly policy: string;
  readonly log: string;
}

export function apiServerArguments(
  ports: Ports,
  certificates: Certificates,
  audit: AuditFiles,
  nodesByAddress: boolean,
): string[] {
  return [
    `--etcd-servers=http://${loopback}:${ports.etcdClient}`,
    `--bind-address=${loopback}`,
    `--advertise-address=${loopback}`,
    `--secure-port=${ports.apiServer}`,
    `--client-ca-file=${certificates.authority}`,
    `--tls-cert-file=${certificates.server}`,
    `--tls-private-key-file=${certificates.serverKey}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${certificates.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${certificates.serviceAccountKey}`,
    '--authorization-mode=Node,RBAC',
    // For kubectl logs and exec. Names of nodes on this machine cannot be looked up.
    ...(nodesByAddress ? ['--kubelet-preferred-address-types=InternalIP'] : []),
    `--kubelet-client-certificate=${certificates.admin}`,
    `--kubelet-client-key=${certificates.adminKey}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--endpoint-reconciler-type=none',
    '--allow-privileged=true',
    '--max-requests-inflight=2000',
    '--max-mutating-requests-inflight=1000',
    `--audit-policy-file=${audit.policy}`,
    `--audit-log-path=${audit.log}`,
    '--audit-log-maxsize=2000',
  ];
}

export interface ControllerOptions {
  readonly kubeconfig: string;
  readonly ports: Ports;
  readonly certificates: Certificates;
}

/**
 * The client's default limits allow about four claims a second, which would hide the provisioner. Nodes
 * that tests make have no kubelet to renew their leases, so they stay ready for a day.
 */
export function controllerManagerArguments(options: ControllerOptions): string[] {
  return [
    ...clientArguments(options.kubeconfig, options.ports.controllerManager),
    `--service-account-private-key-file=${options.certificates.serviceAccountKey}`,
    `--root-ca-file=${options.certificates.authority}`,
    '--kube-api-qps=1000',
    '--kube-api-burst=2000',
    '--node-monitor-grace-period=24h',
    '--node-startup-grace-period=24h',
  ];
}

export function schedulerArguments({ kubeconfig, ports }: ControllerOptions): string[] {
  return [
    ...clientArguments(kubeconfig, ports.scheduler),
    '--kube-api-qps=1000',
    '--kube-api-burst=2000',
  ];
}

function clientArguments(kubeconfig: string, port: number): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    `--secure-port=${port}`,
    `--bind-address=${loopback}`,
  ];
}
