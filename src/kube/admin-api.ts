import type { Claim, StorageClass, Volume } from '../volume/objects.ts';
import type { KubeApi } from './kube-api.ts';

/** A claim as a person would write it. */
export interface ClaimManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'PersistentVolumeClaim';
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: Claim['spec'];
}

/** The object that events are asked of. Those of objects without namespace are in `default`. */
export interface EventTarget {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What happened to an object, as the API keeps it for an hour or so. */
export interface ObjectEvent {
  /** Last, milliseconds since 1970. */
  readonly atMs: number;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** How often. */
  readonly count: number;
}

/** What the administrator's commands call besides what the controller does. All reads are live. */
export interface AdminApi extends KubeApi {
  listClaims(signal?: AbortSignal): Promise<readonly Claim[]>;
  listVolumes(signal?: AbortSignal): Promise<readonly Volume[]>;
  listClasses(signal?: AbortSignal): Promise<readonly StorageClass[]>;
  listEvents(target: EventTarget, signal?: AbortSignal): Promise<readonly ObjectEvent[]>;
  /**
   * @throws KubeExistsError when a claim of that name exists, KubeMissingError when there is no such
   *   namespace
   */
  createClaim(claim: ClaimManifest, signal?: AbortSignal): Promise<Claim>;
}
