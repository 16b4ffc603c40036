/** The properties that the verbs write, as `key=value` words of the scripts. */
import { datasetProperties } from '../volume/annotations.ts';
import type { CreateDataset, DatasetIdentity, DatasetLocation } from './dataset.ts';
import { InvalidPropertyError, place } from './dataset-errors.ts';

/** User properties: a colon, and ZFS's characters and lengths (zfsprops(7)). */
const userPropertyKey = /^(?=.{1,255}$)[a-z0-9][a-z0-9:_.-]*:[a-z0-9:_.-]*$/;
const maxValueBytes = 8191;

/** Who it is, as the properties that prove it. */
export function identityProperties(identity: DatasetIdentity): Record<string, string> {
  return {
    [datasetProperties.instance]: identity.instance,
    [datasetProperties.clusterId]: identity.clusterId,
    [datasetProperties.volumeName]: identity.volumeName,
  };
}

/**
 * Everything that a new dataset is given. What was not asked for is said as well (`off`, `0`): a parent
 * that is shared must not share it, and a reservation of an earlier attempt must go.
 * @throws InvalidPropertyError for a key or value that ZFS could not take or a host could misread
 */
export function propertiesOf(request: CreateDataset): string[] {
  const properties: Record<string, string> = {
    refquota: String(request.sizeBytes),
    refreservation: String(request.refreservationBytes ?? 0n),
    sharenfs: request.sharing.kind === 'on' ? request.sharing.options.linux : 'off',
    ...request.nativeProperties,
    ...request.userProperties,
    ...identityProperties(request.identity),
  };
  for (const key of Object.keys(request.userProperties)) {
    if (!userPropertyKey.test(key))
      throw invalid(request, key, 'its name is none of a user property');
  }
  for (const [key, value] of Object.entries(properties)) requireValue(request, key, value);
  return Object.entries(properties).map(([key, value]) => `${key}=${value}`);
}

/** @throws InvalidPropertyError where the mode would be an option of chmod, or more than a word */
export function requireMode(request: CreateDataset): string {
  if (!/^[A-Za-z0-9+=,:][A-Za-z0-9+=,:-]*$/.test(request.ownership.mode)) {
    throw invalid(request, 'permissions', 'the mode is none of chmod');
  }
  return request.ownership.mode;
}

function requireValue(location: DatasetLocation, key: string, value: string): void {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(value))
    throw invalid(location, key, 'its value has control characters');
  if (Buffer.byteLength(value) > maxValueBytes) {
    throw invalid(location, key, `its value is longer than ${maxValueBytes} bytes`);
  }
}

function invalid(location: DatasetLocation, key: string, reason: string): InvalidPropertyError {
  return new InvalidPropertyError(location, `${place(location)} cannot be given ${key}: ${reason}`);
}
