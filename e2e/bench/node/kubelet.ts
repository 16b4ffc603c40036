import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { writeKubeconfig } from '../control-plane/kubeconfig.ts';

export interface KubeletOptions {
  readonly nodeName: string;
  readonly program: string;
  /** Of the machine, but not loopback: the kubelet refuses that. */
  readonly address: string;
  readonly port: number;
  readonly folder: string;
  readonly plane: ControlPlane;
}

/** Writes what a kubelet needs to join the control plane; resolves with its command. */
export async function prepareKubelet(options: KubeletOptions): Promise<string[]> {
  const { folder, nodeName, plane } = options;
  const kubeconfig = join(folder, 'kubelet.kubeconfig');
  const certificate = await plane.issueNodeCertificate(folder, nodeName);
  writeKubeconfig(kubeconfig, plane.url, plane.authorityFile, certificate);
  const config = join(folder, 'kubelet.json');
  writeFileSync(config, JSON.stringify(configuration(options), undefined, 2));
  return [
    options.program,
    ...[`--config=${config}`, `--kubeconfig=${kubeconfig}`],
    ...[`--hostname-override=${nodeName}`, `--node-ip=${options.address}`, '--v=2'],
  ];
}

function configuration({ address, port, plane }: KubeletOptions): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address,
    port,
    healthzPort: 0,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: plane.authorityFile },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    volumePluginDir: '/var/lib/kubelet/volume-plugins',
    resolvConf: '',
    ...leavesTheMachineAlone,
    ...collectsNothing,
    syncFrequency: '10s',
  };
}

/** No limits by cgroups, and no rules in the machine's iptables. */
const leavesTheMachineAlone = {
  cgroupDriver: 'cgroupfs',
  cgroupsPerQOS: false,
  enforceNodeAllocatable: [],
  failSwapOn: false,
  makeIPTablesUtilChains: false,
  oomScoreAdj: 0,
};

/** An image that is collected could not be pulled again; a full disk of the machine is not the bench's. */
const collectsNothing = {
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  evictionHard: {
    'memory.available': '0%',
    'nodefs.available': '0%',
    'nodefs.inodesFree': '0%',
    'imagefs.available': '0%',
    'imagefs.inodesFree': '0%',
  },
};
