import type { Stage } from './stage.ts';

interface Pod {
  readonly spec: { readonly nodeName?: string };
}

const podsPath = '/api/v1/namespaces/default/pods';

/** A pod that mounts a claim; the scheduler may choose among the nodes with these labels. */
export async function createPod(
  { bench }: Stage,
  name: string,
  claimName: string,
  nodeSelector: Readonly<Record<string, string>> = {},
): Promise<void> {
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      nodeSelector,
      containers: [{ name: 'main', image: 'example.test/none' }],
      volumes: [{ name: 'volume', persistentVolumeClaim: { claimName } }],
    },
  };
  await bench.controlPlane.api.call(podsPath, { method: 'POST', body });
}

/** Name of the node that the pod was bound to; undefined while it is not. */
export async function nodeOfPod({ bench }: Stage, name: string): Promise<string | undefined> {
  return (await bench.controlPlane.api.call<Pod>(`${podsPath}/${name}`)).spec.nodeName;
}

/** At once: no kubelet is there to end its containers. */
export async function deletePod({ bench }: Stage, name: string): Promise<void> {
  const path = `${podsPath}/${name}?gracePeriodSeconds=0`;
  await bench.controlPlane.api.call(path, { method: 'DELETE' });
}
