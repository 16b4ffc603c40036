/** Errors of claims, classes, settings, the command line and the cluster's API. */
import type { Advice } from './advice.ts';

export const requestAdvice: Readonly<Record<string, Advice>> = {
  BUG: {
    cause: 'A mistake of the provisioner, not of yours.',
    remedy: ['Keep the log line with its stack, and report it; the work is repeated meanwhile.'],
  },
  CAPACITY_DELAYED: {
    cause: 'The dataset has grown; a pod still uses the volume, whose capacity it has read.',
    remedy: ['Nothing: it is done once no pod uses the claim. Restart the pod to have it sooner.'],
  },
  CLASS_NOT_SEEN: {
    cause: 'The claim was seen a moment before its StorageClass.',
    remedy: [
      'Nothing, if it goes away within seconds.',
      'Else see whether the class is there: kubectl get storageclass.',
    ],
  },
  CONSOLE_FAILED: {
    cause: 'The address is wrong, the status page is off, or the token is missing or another.',
    remedy: [
      'Is it on? ZFS_CONSOLE_PORT, or console.enabled of the chart.',
      'A way to it: kubectl -n NAMESPACE port-forward deploy/zfs-provisioner 8090.',
      'Some tables only the replica that leads can tell: the message names it.',
    ],
  },
  HOSTS_FILE_INVALID: {
    cause: 'The file that ZFS_HOSTS_FILE names was changed, and has a mistake in it.',
    remedy: [
      'Mend each problem that the message names by its path; the hosts stay as they were until then.',
      'An editor checks it by docs/hosts-file.schema.json.',
    ],
  },
  KUBE_CONFIG_INVALID: {
    cause: 'No kubeconfig was found, or its context, server or certificates cannot be used.',
    remedy: ['Name one: --kubeconfig, ZFS_KUBE_CONFIG_PATH or KUBECONFIG; see --context too.'],
  },
  KUBE_CONFLICT: {
    cause: 'Somebody else changed the object between our reading and our writing.',
    remedy: ['Nothing: it is read again. If it stays, see who else writes the object.'],
  },
  KUBE_EXISTS: {
    cause: 'An object of that name was made meanwhile, often by an attempt that was cut off.',
    remedy: ['Nothing: it is read and compared. If it stays, see what the object says.'],
  },
  KUBE_EXPIRED: {
    cause: 'A list took longer than the API server keeps its version (five minutes by default).',
    remedy: ['Nothing: it begins again. If it stays, the API server is overloaded.'],
  },
  KUBE_FORBIDDEN: {
    cause: 'The roles of the service account, or of the user of the kubeconfig, do not suffice.',
    remedy: [
      'Compare: kubectl auth can-i VERB RESOURCE --as system:serviceaccount:NAMESPACE:NAME.',
      "Install the chart's roles again: each setting has those that it needs.",
    ],
  },
  KUBE_INVALID: {
    cause: 'The API server, or an admission webhook, refuses what was sent; the message says why.',
    remedy: ['Change what the message names: the claim, its class, or the policy that refuses it.'],
  },
  KUBE_MISSING: {
    cause: 'The object, or its namespace, was deleted meanwhile, or never was there.',
    remedy: ['See whether the namespace and the object are there, and spelt as they are here.'],
  },
  KUBE_UNAVAILABLE: {
    cause: 'The API server does not answer, or asks for patience (429, 5xx).',
    remedy: ['Nothing, if it goes away. Else look at the API server and the way to it.'],
  },
  LEASE_LOST: {
    cause: 'The API server was away for longer than the lease lasts, or the replica was frozen.',
    remedy: [
      'Nothing: another replica goes on, and this one starts again.',
      'Where it happens often, look at the API server and at CPU limits of the pod.',
    ],
  },
  LISTEN_FAILED: {
    cause: 'Another process has the port, or it needs rights (below 1024).',
    remedy: ['Choose another port: ZFS_METRICS_PORT; the one after it is used too.'],
  },
  NOT_LEADING: {
    cause: 'The status page was asked of a replica that waits: only the one that leads knows this.',
    remedy: ['Ask the replica that the message names, or the Service: it has both.'],
  },
  QUERY_INVALID: {
    cause: 'The address of the status page has a parameter that there is not, or a wrong value.',
    remedy: ['Mend what the message names; without parameters every page can be had.'],
  },
  REQUEST_INVALID: {
    cause: 'The claim, its StorageClass or a volume asks for something that cannot be.',
    remedy: [
      'Mend what each sentence names. Parameters of a class cannot be changed: make it again.',
      'All parameters are explained in docs/parameters.md.',
    ],
  },
  SETTINGS_INVALID: {
    cause: 'A ZFS_* variable is misspelt, or its value is not one that it may have.',
    remedy: ['Mend each variable that the message names: docs/settings.md has them all.'],
  },
  USAGE: {
    cause: 'A command, an option or a name on the command line is wrong.',
    remedy: ['kubectl zfs help COMMAND shows what there is.'],
  },
  VOLUME_TAKEN: {
    cause: 'A volume of the name that belongs to this claim was written by somebody else.',
    remedy: [
      'See whose it is: kubectl zfs describe VOLUME.',
      'Delete that volume object if nothing uses it, or make the claim again: it gets another name.',
    ],
  },
};
