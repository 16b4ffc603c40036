import type { StorageClass } from '../volume/objects.ts';
import type { Lease } from './lease.ts';

/** Something that may be done with a kind of objects, as RBAC sees it. */
export interface Right {
  readonly verb: string;
  /** Empty: the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Undefined: in the whole cluster. */
  readonly namespace?: string;
  readonly name?: string;
}

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

/** What `kubectl zfs doctor` asks the API: it only reads, and asks what would be allowed. */
export interface CheckupApi {
  readonly serverUrl: string;
  /** `v1.36.1` */
  version(signal?: AbortSignal): Promise<string>;
  listClasses(signal?: AbortSignal): Promise<readonly StorageClass[]>;
  /** Whether whoever asks may (SelfSubjectAccessReview). */
  mayI(right: Right, signal?: AbortSignal): Promise<boolean>;
  /**
   * Whether a service account may (SubjectAccessReview).
   * @throws KubeForbiddenError where the person may not ask that
   */
  mayAccount(account: ServiceAccountName, right: Right, signal?: AbortSignal): Promise<boolean>;
  /** Leases of that name: in one namespace, or in all. */
  leases(
    name: string,
    namespace: string | undefined,
    signal?: AbortSignal,
  ): Promise<readonly Lease[]>;
  /** Under whose account a pod runs; undefined: there is no such pod. */
  accountOfPod(
    namespace: string,
    pod: string,
    signal?: AbortSignal,
  ): Promise<ServiceAccountName | undefined>;
}
