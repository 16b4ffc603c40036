import { z } from 'zod';

import type { VolumeType } from '../../volume/volume-type.ts';
import { dataset, hostname, labelValue } from './kinds.ts';

const typeSpellings: Readonly<Record<string, VolumeType | 'auto'>> = {
  ...spelled('nfs', ['nfs', 'Nfs', 'NFS']),
  ...spelled('hostpath', ['hostpath', 'hostPath', 'HostPath', 'Hostpath', 'HOSTPATH']),
  ...spelled('auto', ['auto', 'Auto', 'AUTO']),
  ...spelled('local', ['local', 'Local', 'LOCAL']),
};

function spelled<T extends string>(type: T, spellings: readonly string[]): Record<string, T> {
  return Object.fromEntries(spellings.map((spelling) => [spelling, type]));
}

const type = z.string().transform((text, context) => {
  const known = Object.hasOwn(typeSpellings, text) ? typeSpellings[text] : undefined;
  if (known !== undefined) return known;
  context.addIssue({ code: 'custom', message: 'must be one of nfs, hostpath, local, auto' });
  return z.NEVER;
});

/** Where volumes are, and how pods reach them. */
export const placeParameters = {
  parentDataset: dataset.meta({
    description: 'Dataset under which a volume becomes a child dataset.',
    example: 'tank/kubernetes',
    classic: '1.0',
  }),
  hostname: hostname.meta({
    description: 'Storage host: reached over SSH, and the NFS server that pods mount from.',
    example: 'storage-1.example.com',
    classic: '1.0',
  }),
  type: type.meta({
    description:
      'How pods reach the volume: `nfs`, `hostpath`, `local`, or `auto` (hostpath when the pod is on the storage host itself, nfs otherwise).',
    example: 'nfs',
    classic: '1.0',
  }),
  node: labelValue.optional().meta({
    description:
      'Kubernetes node that is the storage host, for hostpath, local and auto (its `kubernetes.io/hostname`).',
    fallback: 'hostname',
    example: 'node-1',
    classic: '1.0',
  }),
};
