import { InvalidRequestError, ProvisionerError } from '../errors.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import type { ShareOptions, Sharing } from '../zfs/dataset.ts';
import type { ClassParameters } from './class-parameters.ts';
import type { KnownClient } from './share-clients.ts';
import { nodeClients } from './share-clients.ts';
import type { ShareTerms } from './share-options.ts';
import { exportedTo, fsidOf, shareOptions } from './share-options.ts';
import type { SharedBy } from './share-record.ts';
import { formatShareRecord, parseShareRecord } from './share-record.ts';
import { worldExport } from './share-words.ts';

export interface SharingRules {
  /** ZFS_EXPORT_TO_EVERYONE: exporting to everyone needs no further word. */
  readonly exportToEveryone: boolean;
  /** InternalIP addresses of the cluster's nodes, as of now. */
  readonly nodeAddresses: () => readonly string[];
}

/** `shareClients` name only the nodes, and none of them has an InternalIP address. */
export class NoClientsError extends ProvisionerError {
  readonly code = 'NO_SHARE_CLIENTS';
  readonly retry = 'backoff';
}

type SharingParameters = Pick<
  ClassParameters,
  'type' | 'share' | 'shareProperties' | 'shareClients' | Exclude<keyof SharedBy, 'shareClients'>
>;

export interface PlannedSharing {
  readonly sharing: Sharing;
  /** For the volume's annotation; undefined where the sharing depends on nothing that changes. */
  readonly record: string | undefined;
}

/** The classic provisioner's default, in the words of every host. */
const classicDefault = 'on';

/** A volume that no other machine is to reach. */
export const notShared: PlannedSharing = { sharing: { kind: 'off' }, record: undefined };

/** Why a class may not share its volumes as it says. */
export function worldProblems(
  { type, share, shareClients, shareProperties }: SharingParameters,
  { exportToEveryone }: SharingRules,
): readonly string[] {
  if (type === 'hostpath' || type === 'local') return [];
  if (exportToEveryone || share === 'inherit' || shareClients !== undefined) return [];
  const reason = worldExport(shareProperties ?? classicDefault);
  if (reason === undefined) return [];
  const subject =
    shareProperties === undefined
      ? 'neither parameter shareClients nor shareProperties is given, and the default'
      : 'parameter shareProperties';
  return [
    `${subject} exports every volume to everyone who reaches the storage host (${reason}): ` +
      'name the clients (shareClients: "@nodes", or networks such as "10.0.0.0/8"), or say that it is meant ' +
      '(shareClients: everyone, or the setting ZFS_EXPORT_TO_EVERYONE=true for all classes)',
  ];
}

/**
 * How a volume of a class is shared now.
 * @throws NoClientsError
 */
export function sharingOf(
  parameters: SharingParameters,
  volumeName: string,
  rules: SharingRules,
): PlannedSharing {
  const { share, shareClients, shareProperties } = parameters;
  if (share === 'inherit') return { sharing: { kind: 'inherit' }, record: undefined };
  if (shareProperties !== undefined || shareClients === undefined) {
    const words = shareProperties ?? classicDefault;
    const options = { linux: words, freebsd: words };
    return { sharing: { kind: 'on', options, clients: undefined }, record: undefined };
  }
  const { shareMode, squash, anonuid, anongid, security, fsid } = parameters;
  const shared = { shareClients, shareMode, squash, anonuid, anongid, security, fsid };
  const clients = knownClients(shared, rules);
  const options = shareOptions(clients, termsOf(shared, volumeName));
  return {
    sharing: { kind: 'on', options, clients: exportedTo(clients) },
    record: dependsOnNodes(shared) ? formatShareRecord(shared) : undefined,
  };
}

/**
 * How a volume is shared now, by the record that was written with it.
 * @throws InvalidRequestError where the record cannot be read, or asks for more than it may; NoClientsError
 */
export function sharingAgain(
  record: string,
  volumeName: string,
  rules: SharingRules,
): ShareOptions {
  const shared = parseShareRecord(record);
  if (!dependsOnNodes(shared)) {
    const edited = `annotation ${volumeAnnotations.sharing} does not name @nodes: it was edited`;
    throw new InvalidRequestError([edited]);
  }
  return shareOptions(knownClients(shared, rules), termsOf(shared, volumeName));
}

function termsOf(shared: SharedBy, volumeName: string): ShareTerms {
  return { ...shared, fsid: shared.fsid === 'auto' ? fsidOf(volumeName) : undefined };
}

function dependsOnNodes({ shareClients }: SharedBy): boolean {
  return shareClients.some(({ kind }) => kind === 'nodes');
}

function knownClients(shared: SharedBy, rules: SharingRules): readonly KnownClient[] {
  const clients = shared.shareClients.flatMap((client): readonly KnownClient[] =>
    client.kind === 'nodes' ? nodeClients(rules.nodeAddresses()) : [client],
  );
  if (clients.length > 0) return clients;
  throw new NoClientsError(
    'shareClients name the nodes of the cluster, and none of them has an InternalIP address: nobody can be exported to',
  );
}
