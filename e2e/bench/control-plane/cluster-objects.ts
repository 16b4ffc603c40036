import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiStatusError } from './admin-api.ts';
import type { ControlPlane } from './control-plane.ts';
import { writeKubeconfig } from './kubeconfig.ts';

export interface TokenOptions {
  readonly audiences?: readonly string[];
  /** Default is a day; the API server refuses less than 600. */
  readonly expirationSeconds?: number;
}

export interface ServiceAccountAccess {
  readonly kubeconfig: string;
  /** Named by the kubeconfig; a fresh token may be written into it while clients run. */
  readonly tokenFile: string;
}

interface TokenRequest {
  readonly status: { readonly token: string };
}

/**
 * Access as an existing service account, as a pod would have: a token of the TokenRequest API in a file
 * beside a kubeconfig that names it. Called again it renews the token in place.
 */
export async function serviceAccountAccess(
  plane: ControlPlane,
  folder: string,
  account: { readonly namespace: string; readonly name: string },
  { audiences, expirationSeconds = 86_400 }: TokenOptions = {},
): Promise<ServiceAccountAccess> {
  const { namespace, name } = account;
  const { status } = await plane.api.call<TokenRequest>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    {
      method: 'POST',
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences, expirationSeconds },
      },
    },
  );
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const tokenFile = join(folder, `${namespace}-${name}.token`);
  const kubeconfig = join(folder, `${namespace}-${name}.kubeconfig`);
  writeFileSync(tokenFile, status.token, { mode: 0o600 });
  writeKubeconfig(kubeconfig, plane.url, plane.authorityFile, { tokenFile });
  return { kubeconfig, tokenFile };
}

/**
 * A node that the scheduler takes for ready, with no kubelet behind it: pods get bound to it and never
 * start. Without a hostname label it gets its name as one.
 */
export async function createNode(
  plane: ControlPlane,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const capacity = { cpu: '64', memory: '256Gi', pods: '1000', 'ephemeral-storage': '1Ti' };
  await plane.api.call('/api/v1/nodes', {
    method: 'POST',
    body: {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
      status: { capacity, allocatable: capacity, conditions: readyConditions(new Date()) },
    },
  });
  // Admission taints every new node as not ready, until the node controller has looked at it.
  await plane.api.call(`/api/v1/nodes/${name}`, {
    method: 'PATCH',
    body: { spec: { taints: null } },
  });
}

function readyConditions(now: Date): object[] {
  const at = now.toISOString();
  const times = { lastHeartbeatTime: at, lastTransitionTime: at };
  const healthy = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    type,
    status: 'False',
    reason: 'Bench',
    message: 'simulated',
    ...times,
  }));
  const ready = { type: 'Ready', status: 'True', reason: 'Bench', message: 'simulated', ...times };
  return [...healthy, ready];
}

/** Makes a namespace unless it is there. */
export async function ensureNamespace(plane: ControlPlane, name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  try {
    await plane.api.call('/api/v1/namespaces', { method: 'POST', body });
  } catch (error) {
    if (!(error instanceof ApiStatusError && error.status === 409)) throw error;
  }
}
