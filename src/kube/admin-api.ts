import type { Claim, StorageClass, Volume } from '../volume/objects.ts';
import type { KubeApi } from './kube-api.ts';

/** A claim as a person would write it. */
export interface ClaimManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'PersistentVolumeClaim';
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: Claim['spec'];
}

/** What the administrator's commands call besides what the controller does. All reads are live. */
export interface AdminApi extends KubeApi {
  listClaims(signal?: AbortSignal): Promise<readonly Claim[]>;
  listVolumes(signal?: AbortSignal): Promise<readonly Volume[]>;
  listClasses(signal?: AbortSignal): Promise<readonly StorageClass[]>;
  /**
   * @throws KubeExistsError when a claim of that name exists, KubeMissingError when there is no such
   *   namespace
   */
  createClaim(claim: ClaimManifest, signal?: AbortSignal): Promise<Claim>;
}
