import { ProvisionerError } from '../errors.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import { KubeExistsError } from '../kube/api-error.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import type { Volume } from '../volume/objects.ts';
import type { VolumeManifest } from '../volume/persistent-volume.ts';

/** Another volume has the name that this claim's volume must have: a person must look. */
export class VolumeTakenError extends ProvisionerError {
  readonly code = 'VOLUME_TAKEN';
  readonly retry = 'slow';
}

/**
 * Writes a volume. One of that name which says the same was written by an attempt whose answer was lost.
 * @throws VolumeTakenError when it says something else; what KubeApi.createVolume throws
 */
export async function writeVolume(
  kube: KubeApi,
  manifest: VolumeManifest,
  signal: AbortSignal,
): Promise<void> {
  try {
    await kube.createVolume(manifest, signal);
  } catch (error) {
    if (!(error instanceof KubeExistsError)) throw error;
    const existing = await kube.getVolume(manifest.metadata.name, signal);
    if (existing === undefined) throw error;
    const difference = differenceBetween(existing, manifest);
    if (difference !== undefined) {
      throw new VolumeTakenError(
        `volume ${manifest.metadata.name} exists already and ${difference}: it is not this claim's`,
        { cause: error },
      );
    }
  }
}

function differenceBetween(existing: Volume, manifest: VolumeManifest): string | undefined {
  if (existing.metadata.deletionTimestamp !== undefined) return 'is being deleted';
  if (existing.spec.claimRef?.uid !== manifest.spec.claimRef?.uid)
    return 'belongs to another claim';
  const keys = [volumeAnnotations.datasetPath, volumeAnnotations.host];
  const differs = keys.some(
    (key) => existing.metadata.annotations?.[key] !== manifest.metadata.annotations[key],
  );
  return differs ? 'names another dataset' : undefined;
}
