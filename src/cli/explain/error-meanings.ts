// Generated from the comments above the error classes: run `node scripts/generate-docs.ts`.
/* eslint-disable max-lines -- a table that grows with the product */
import type { Retry } from '../../errors.ts';

export interface ErrorMeaning {
  readonly code: string;
  readonly retry: Retry;
  readonly meaning: string;
}

/** Every error class of the product, by its code. */
export const errorMeanings: readonly ErrorMeaning[] = [
  { code: 'BUG', retry: 'backoff', meaning: 'Our own mistake: something that cannot happen did.' },
  {
    code: 'CAPACITY_DELAYED',
    retry: 'backoff',
    meaning:
      'The claim has its new size; the capacity of its volume is raised once no pod uses it.',
  },
  {
    code: 'CLASS_NOT_SEEN',
    retry: 'backoff',
    meaning: 'The class of a claim was not seen yet, moments after the claim was.',
  },
  {
    code: 'COMMAND_FAILED',
    retry: 'backoff',
    meaning: 'Any other failure of a command; its exit code and what it printed say why.',
  },
  {
    code: 'CONSOLE_FAILED',
    retry: 'on-change',
    meaning: "The provisioner's status page does not answer, or refuses.",
  },
  {
    code: 'DATASET_BUSY',
    retry: 'backoff',
    meaning: 'Something on the host holds the dataset, one of its snapshots, or its mount.',
  },
  {
    code: 'DATASET_DIFFERS',
    retry: 'slow',
    meaning:
      "It is this volume's, but was made with something that can be chosen once only and was asked for otherwise.",
  },
  {
    code: 'DATASET_EXISTS',
    retry: 'slow',
    meaning: 'A dataset of that name is there where this one was to be called so.',
  },
  {
    code: 'DATASET_HAS_CHILDREN',
    retry: 'slow',
    meaning: 'There are datasets below it, or clones of its snapshots.',
  },
  {
    code: 'DATASET_HAS_SNAPSHOTS',
    retry: 'slow',
    meaning: 'It has snapshots, and they were not agreed to go with it.',
  },
  {
    code: 'DATASET_HELD',
    retry: 'slow',
    meaning: 'A hold (`zfs hold`) keeps one of its snapshots.',
  },
  {
    code: 'DATASET_KEPT',
    retry: 'slow',
    meaning:
      'It says itself that it is not to be destroyed (`onDelete`), or not yet: it is in the trash.',
  },
  {
    code: 'DATASET_MISSING',
    retry: 'slow',
    meaning: 'ZFS says that there is no such dataset, where one was expected.',
  },
  {
    code: 'DATASET_NOT_EMPTY',
    retry: 'slow',
    meaning: 'It was to be destroyed only if empty, and is not.',
  },
  {
    code: 'DATASET_NOT_OWNED',
    retry: 'slow',
    meaning:
      'A dataset of that name is there (or asked for) that cannot be proven to be ours: never touched.',
  },
  {
    code: 'EXPORTS_WRONG',
    retry: 'slow',
    meaning:
      'The host exports it to others than those that were asked for: it is handed out to nobody.',
  },
  {
    code: 'FOREIGN_SNAPSHOTS',
    retry: 'slow',
    meaning:
      "A snapshot is another tool's backup, or what its replication goes on from, and was not agreed to go.",
  },
  {
    code: 'HOSTS_FILE_INVALID',
    retry: 'on-change',
    meaning: 'The hosts file is wrong: every problem at once, each with its path.',
  },
  {
    code: 'HOSTS_NOT_SURVEYED',
    retry: 'backoff',
    meaning: 'The hosts were not looked at yet, moments after the start: soon they are.',
  },
  {
    code: 'HOST_AUTHENTICATION',
    retry: 'slow',
    meaning: 'The host refused our key, or our key cannot be used.',
  },
  {
    code: 'HOST_KEY',
    retry: 'slow',
    meaning:
      "The host's key is unknown, revoked or another than the recorded one: a person must look.",
  },
  {
    code: 'HOST_NOT_ALLOWED',
    retry: 'on-change',
    meaning:
      "A volume names a host that nobody vouches for. A volume's annotation alone opens no connection.",
  },
  {
    code: 'HOST_OUTPUT',
    retry: 'backoff',
    meaning: 'The command printed more than is accepted; its outcome is not known.',
  },
  {
    code: 'HOST_PERMISSION',
    retry: 'slow',
    meaning: "The host's user may not do that: sudoers, `zfs allow` or file modes.",
  },
  {
    code: 'HOST_SKIPPED',
    retry: 'backoff',
    meaning: 'The host that was chosen for a claim cannot take it now; another one is tried.',
  },
  {
    code: 'HOST_UNREACHABLE',
    retry: 'backoff',
    meaning: 'The command was not started: repeating it is safe.',
  },
  { code: 'KUBE_CONFIG_INVALID', retry: 'slow', meaning: 'There is no usable kubeconfig.' },
  {
    code: 'KUBE_CONFLICT',
    retry: 'backoff',
    meaning: '409 Conflict: the object is not (or no longer) the one that we read. Read it again.',
  },
  {
    code: 'KUBE_EXISTS',
    retry: 'backoff',
    meaning: '409 AlreadyExists: the name is taken. Read what is there and compare.',
  },
  {
    code: 'KUBE_EXPIRED',
    retry: 'backoff',
    meaning:
      '410: the resource version or the continue token is too old. Only lists and watches meet it.',
  },
  {
    code: 'KUBE_FORBIDDEN',
    retry: 'backoff',
    meaning:
      "401 and 403: the service account's roles do not suffice, or the server has just started and has not read them yet (seen for a second with 1.36).",
  },
  {
    code: 'KUBE_INVALID',
    retry: 'on-change',
    meaning: '400, 422 and other refusals of what we sent. The same request will be refused again.',
  },
  {
    code: 'KUBE_MISSING',
    retry: 'backoff',
    meaning: '404 where the object was expected to be there.',
  },
  {
    code: 'KUBE_UNAVAILABLE',
    retry: 'backoff',
    meaning: '429, 5xx, no connection, no (or no legible) answer in time.',
  },
  {
    code: 'LEASE_LOST',
    retry: 'backoff',
    meaning:
      'The lease could not be renewed in time, or another holder has it: this replica must stop its work.',
  },
  {
    code: 'LISTEN_FAILED',
    retry: 'on-change',
    meaning: 'A port (of the metrics or the one after it, or of the status page) cannot be used.',
  },
  {
    code: 'NOT_LEADING',
    retry: 'backoff',
    meaning: 'The status page of a replica was asked for what only the replica that leads knows.',
  },
  { code: 'NO_HOST', retry: 'backoff', meaning: 'Of several hosts, none can take the volume now.' },
  {
    code: 'NO_SHARE_CLIENTS',
    retry: 'backoff',
    meaning: '`shareClients` name only the nodes, and none of them has an InternalIP address.',
  },
  {
    code: 'OUTCOME_UNKNOWN',
    retry: 'backoff',
    meaning:
      'The command was started, then the line was cut or its deadline passed: it may have done its work.',
  },
  {
    code: 'OUTPUT_UNREADABLE',
    retry: 'backoff',
    meaning:
      'What came back is not what the script prints; what it did is not known: look before repeating.',
  },
  {
    code: 'OUT_OF_SPACE',
    retry: 'slow',
    meaning:
      'The pool, a quota above the dataset, or a limit that the class or a setting names, has no room for it.',
  },
  {
    code: 'PARENT_CHANGED',
    retry: 'slow',
    meaning:
      'The parent is not the one that the volume was made in: another pool or host answers to the name.',
  },
  {
    code: 'PARENT_UNUSABLE',
    retry: 'slow',
    meaning:
      'Nothing usable can be made below the parent: it is missing, locked, read-only or not mounted.',
  },
  {
    code: 'POOL_UNAVAILABLE',
    retry: 'backoff',
    meaning: 'The pool takes no writes, as the last look at its host saw it: nothing was sent.',
  },
  {
    code: 'PROPERTY_INVALID',
    retry: 'on-change',
    meaning: 'ZFS does not take a property as it was asked for.',
  },
  {
    code: 'QUERY_INVALID',
    retry: 'on-change',
    meaning:
      'The status page was asked for something with parameters that it has not, or that cannot be.',
  },
  {
    code: 'REQUEST_INVALID',
    retry: 'on-change',
    meaning:
      'The claim, its class or a volume asks for something that cannot be. Lists every problem at once.',
  },
  {
    code: 'SETTINGS_INVALID',
    retry: 'on-change',
    meaning: 'The environment is wrong: every problem at once, none of them with a secret in it.',
  },
  {
    code: 'STILL_RUNNING',
    retry: 'backoff',
    meaning:
      'An earlier command for the same pool has not ended on the host: nothing more is sent there until it has.',
  },
  {
    code: 'USAGE',
    retry: 'on-change',
    meaning: 'The command line asks for something that there is not. Every problem at once.',
  },
  {
    code: 'VOLUME_TAKEN',
    retry: 'slow',
    meaning: "Another volume has the name that this claim's volume must have: a person must look.",
  },
];
