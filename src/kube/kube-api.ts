import type { Claim, Volume } from '../volume/objects.ts';
import type { VolumeManifest } from '../volume/persistent-volume.ts';

/** A body of application/merge-patch+json (RFC 7386): null removes a field, lists are replaced whole. */
export type MergePatch = Readonly<Record<string, unknown>>;

/** Which object is meant, and, where it is said, as it was when we read it. */
export interface Preconditions {
  readonly uid: string;
  readonly resourceVersion?: string;
}

/** One finalizer of one volume. */
export interface FinalizerChange {
  readonly finalizer: string;
  readonly preconditions: Preconditions;
}

/**
 * The calls that the controller makes. Reads are live, never from a cache.
 *
 * Every call ends within the request time-out and throws what api-error.ts names: KubeUnavailableError
 * (whose `outcomeUnknown` asks to look before repeating), KubeForbiddenError, KubeInvalidError, and
 * where said KubeConflictError, KubeExistsError, KubeMissingError; or the signal's reason once aborted.
 */
export interface KubeApi {
  /** @returns undefined when there is no such claim */
  getClaim(namespace: string, name: string, signal?: AbortSignal): Promise<Claim | undefined>;

  /**
   * Put `metadata.resourceVersion` (and `uid`) into the patch to make it conditional.
   * @throws KubeConflictError when they differ, KubeMissingError when the claim is gone
   */
  patchClaim(
    namespace: string,
    name: string,
    patch: MergePatch,
    signal?: AbortSignal,
  ): Promise<Claim>;

  /** As patchClaim, for the subresource `status`, which takes changes of annotations too. */
  patchClaimStatus(
    namespace: string,
    name: string,
    patch: MergePatch,
    signal?: AbortSignal,
  ): Promise<Claim>;

  /** Whether a pod that has not ended names the claim, or has it as its ephemeral volume. Lists pods. */
  isClaimUsed(namespace: string, name: string, signal?: AbortSignal): Promise<boolean>;

  /** @returns undefined when there is no such volume */
  getVolume(name: string, signal?: AbortSignal): Promise<Volume | undefined>;

  /** As patchClaim. */
  patchVolume(name: string, patch: MergePatch, signal?: AbortSignal): Promise<Volume>;

  /** @throws KubeExistsError when a volume of that name exists, whoever made it */
  createVolume(volume: VolumeManifest, signal?: AbortSignal): Promise<Volume>;

  /**
   * Does nothing when the volume has the finalizer already, or is gone. One call, whatever others do with their
   * finalizers meanwhile: the server merges the list (a strategic merge patch; `metadata.finalizers` has
   * `patchStrategy: merge`), where a merge patch would replace it whole and had to be conditional.
   * @throws KubeConflictError when the volume has changed since the resource version, if one is given;
   * KubeInvalidError when the volume of that name is another one
   */
  addVolumeFinalizer(name: string, change: FinalizerChange, signal?: AbortSignal): Promise<void>;

  /** As addVolumeFinalizer. A volume that was asked to go goes with its last finalizer. */
  removeVolumeFinalizer(name: string, change: FinalizerChange, signal?: AbortSignal): Promise<void>;

  /**
   * Asks for the deletion; a volume with finalizers stays until they are removed.
   * @throws KubeConflictError when the volume is not the one the preconditions name
   */
  deleteVolume(
    name: string,
    preconditions: Preconditions,
    signal?: AbortSignal,
  ): Promise<'deleted' | 'absent'>;

  /**
   * The uid of kube-system is the customary identity of a cluster.
   * @throws KubeMissingError when there is no such namespace
   */
  getNamespaceUid(name: string, signal?: AbortSignal): Promise<string>;
}
