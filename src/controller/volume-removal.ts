import type { Provisioner } from '../provisioner/provisioner.ts';
import type { VolumeDeletion } from '../provisioner/volume-deletion.ts';
import type { Volume } from '../volume/objects.ts';
import type { OnDelete } from '../volume/on-delete.ts';
import type { DestroyGuard } from './destroy-guard.ts';
import type { ReasonedEvent } from './event-reasons.ts';
import { eventOf } from './event-reasons.ts';

/** What became of a volume's dataset. */
export type Removal =
  | { readonly kind: 'destroyed' | 'absent' | 'retained' }
  | { readonly kind: 'trashed'; readonly dataset: string; readonly expiresAtMs: number };

interface Parts {
  readonly provisioner: Pick<Provisioner, 'remove' | 'trash' | 'retain'>;
  readonly guard: DestroyGuard;
}

/**
 * Does with the dataset of a volume that is to be deleted what its volume says, or what it says itself if that is
 * safer. Only what is destroyed has to pass the guard.
 * @param volume as the API has it now
 * @returns undefined when the guard held it
 * @throws what the verbs and the guard throw
 */
export async function removeDataset(
  { provisioner, guard }: Parts,
  volume: Volume,
  deletion: VolumeDeletion,
  signal: AbortSignal,
): Promise<Removal | undefined> {
  const remove = async (way: OnDelete): Promise<Removal | undefined> => {
    switch (way) {
      case 'destroy': {
        const kind = await guard.pass(volume, () => provisioner.remove(deletion, signal), signal);
        return kind && { kind };
      }
      case 'trash':
        return provisioner.trash(deletion, signal);
      case 'retain':
        return { kind: await provisioner.retain(deletion, signal) };
    }
  };
  try {
    return await remove(deletion.onDelete);
  } catch (error) {
    const instead = wayAskedFor(error);
    if (instead === undefined) throw error;
    return remove(instead);
  }
}

/** DatasetKeptError tells what its dataset wants instead. */
function wayAskedFor(error: unknown): OnDelete | undefined {
  if (!(error instanceof Error) || !('instead' in error)) return undefined;
  const { instead } = error;
  return instead === 'trash' || instead === 'retain' ? instead : undefined;
}

/** For the volume's Event: where it is, until when, and how to have it back. */
export function eventOfRemoval(
  removal: Removal,
  volume: Volume,
  { host, dataset }: VolumeDeletion,
): ReasonedEvent {
  const { name } = volume.metadata;
  const { namespace = 'default', name: claimName = 'NAME' } = volume.spec.claimRef ?? {};
  const claim = `${namespace}/${claimName}`;
  switch (removal.kind) {
    case 'destroyed':
    case 'absent':
      return eventOf('VolumeDelete', `Dataset ${dataset} on ${host} is ${removal.kind}`);
    case 'trashed':
      return eventOf(
        'VolumeTrashed',
        `Dataset ${dataset} on ${host} is in the trash as ${removal.dataset} until ` +
          `${new Date(removal.expiresAtMs).toISOString()}, when it is destroyed. To have it back: ` +
          `kubectl zfs trash restore ${name} --claim ${claim}`,
      );
    case 'retained':
      return eventOf(
        'VolumeRetained',
        `Dataset ${dataset} on ${host} stays as it is (onDelete: retain), and is removed by nobody but you. To use it ` +
          `again: kubectl zfs adopt ${name} --claim ${claim}`,
      );
  }
}
