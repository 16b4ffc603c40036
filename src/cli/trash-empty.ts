import { InvalidRequestError, messageOf } from '../errors.ts';
import { findExpired } from '../provisioner/expired-datasets.ts';
import type { ExpiredDataset } from '../provisioner/expired-datasets.ts';
import type { Owner } from '../provisioner/owner.ts';
import { roundedBytes } from '../volume/format-bytes.ts';
import type { Volume } from '../volume/objects.ts';
import type { TrashedDataset } from '../zfs/dataset-trash.ts';
import type { Candidate } from './candidate.ts';
import { candidateInTrash, chosenBy, fullNameOf } from './candidate.ts';
import type { Change } from './changes.ts';
import type { Cluster } from './cli-world.ts';
import { claimOf } from './trash-list.ts';

interface Question {
  readonly trash: readonly TrashedDataset[];
  readonly volumes: readonly Volume[];
  readonly owner: Owner;
  /** Empty: all. */
  readonly names: readonly string[];
  readonly onlyExpired: boolean;
  readonly nowMs: number;
}

/**
 * What is to be destroyed: only what was put into the trash by our provisioner, and what no volume stands for. Pure.
 * @throws InvalidRequestError with all names that mean nothing, or what must not be destroyed
 */
export function planEmptying(question: Question): readonly ExpiredDataset[] {
  const { trash, owner, names, onlyExpired, nowMs } = question;
  const chosen = names.length === 0 ? undefined : namedBy(question);
  const { instance, clusterId } = owner;
  // A person may say so before its time.
  const untilMs = onlyExpired ? nowMs : Infinity;
  return findExpired(trash, { instance, clusterId, nowMs: untilMs }).filter((each) => {
    const fullName = fullNameOf(each);
    return chosen === undefined
      ? obstacleTo(each, question) === undefined
      : chosen.some((candidate) => fullNameOf(candidate) === fullName);
  });
}

function namedBy({ trash, names, owner, ...question }: Question): readonly Candidate[] {
  const problems: string[] = [];
  const chosen: Candidate[] = [];
  const where = 'in the trash: kubectl zfs trash list shows what is';
  for (const name of names) {
    try {
      const candidate = chosenBy(name, trash.map(candidateInTrash), { owner, where });
      const obstacle = obstacleTo(candidate, question);
      if (obstacle === undefined) chosen.push(candidate);
      else problems.push(obstacle);
    } catch (thrown) {
      problems.push(messageOf(thrown));
    }
  }
  const whole = findExpired(trash, { ...owner, nowMs: Infinity }).map(fullNameOf);
  const byHand = chosen.filter((candidate) => !whole.includes(fullNameOf(candidate)));
  problems.push(
    ...byHand.map(
      ({ host, dataset }) =>
        `${dataset} on ${host} was not put into the trash by the provisioner: zfs destroy it on the host`,
    ),
  );
  if (problems.length > 0) throw new InvalidRequestError(problems);
  return chosen;
}

/** A volume whose dataset is in the trash has lost it by mistake. */
function obstacleTo(
  { host, dataset, volumeName }: Pick<Candidate, 'host' | 'dataset' | 'volumeName'>,
  { volumes }: Pick<Question, 'volumes'>,
): string | undefined {
  const isThere = volumes.some(({ metadata }) => metadata.name === volumeName);
  return isThere
    ? `${dataset} on ${host} is the dataset of volume ${volumeName ?? ''}, which is still there`
    : undefined;
}

export function emptyingChange(
  expired: ExpiredDataset,
  { zfs, instance, clusterId }: Cluster,
  nowMs: number,
): Change {
  const { host, dataset, volumeName, usedBytes, destroySnapshots, foreignSnapshots } = expired;
  return {
    action: 'destroy',
    name: fullNameOf(expired),
    text: `destroy ${dataset} on ${host}${snapshotsOf(expired)} for good (${roundedBytes(usedBytes)}, of claim ${claimOf(expired)})`,
    perform: async (signal) => {
      const outcome = await zfs.destroy(
        {
          ...{ host, dataset, destroySnapshots, foreignSnapshots },
          identity: { instance, clusterId, volumeName },
          ...{ parentGuid: undefined, mountpoint: undefined, onlyIfEmpty: false },
          expiredByMs: Math.max(nowMs, expired.expiresAtMs ?? 0),
        },
        signal,
      );
      return outcome === 'absent' ? 'it was gone' : undefined;
    },
  };
}

/** What goes with it, as its class agreed. */
function snapshotsOf({
  usedBySnapshotsBytes,
  destroySnapshots,
  foreignSnapshots,
}: ExpiredDataset): string {
  if (usedBySnapshotsBytes === 0n || !destroySnapshots) return '';
  return foreignSnapshots === 'destroy'
    ? ' and its snapshots, those of other tools too,'
    : ' and its snapshots';
}
