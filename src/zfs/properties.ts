/** The properties that the verbs write, as `key=value` words of the scripts. */
import { datasetProperties } from '../volume/annotations.ts';
import { hasControlCharacters } from '../volume/control-characters.ts';
import type { DatasetIdentity, DatasetLocation } from './dataset-identity.ts';
import type { CreateDataset, ShareOptions } from './dataset.ts';
import { InvalidPropertyError, place } from './dataset-errors.ts';

/** User properties: a colon, and ZFS's characters and lengths (zfsprops(7)). */
const userPropertyKey = /^(?=.{1,255}$)[a-z0-9][a-z0-9:_.-]*:[a-z0-9:_.-]*$/;
const maxValueBytes = 8191;

/** The properties that prove whose a dataset is. */
export const identityKeys: readonly string[] = [
  datasetProperties.instance,
  datasetProperties.clusterId,
  datasetProperties.volumeName,
];

/** Who it is, as the properties that prove it. */
export function identityProperties(identity: DatasetIdentity): Record<string, string> {
  return {
    [datasetProperties.instance]: identity.instance,
    [datasetProperties.clusterId]: identity.clusterId,
    [datasetProperties.volumeName]: identity.volumeName,
  };
}

/** Native properties have letters, digits and `_`; a leading one of either kind could not be an option. */
const nativePropertyKey = /^[a-z][a-z0-9_]{0,63}$/;

/** Those that a verb writes itself, and those that would take a dataset out of its place. */
const ownKeys = new Set([
  ...['refquota', 'quota', 'refreservation', 'reservation', 'sharenfs'],
  ...['mountpoint', 'canmount', 'readonly', 'zoned', 'jailed', 'volsize'],
]);

/**
 * Everything that a new dataset is given, but for sharenfs, which depends on the host. A reservation that was
 * not asked for is said as well (`0`): one of an earlier attempt must go.
 * @throws InvalidPropertyError for a key or value that ZFS could not take or a host could misread
 */
export function propertiesOf(request: CreateDataset): string[] {
  const { quota, sizeBytes } = request;
  const size = String(sizeBytes);
  const properties: Record<string, string> = {
    ...(quota === 'quota' ? {} : { refquota: size }),
    ...(quota === 'refquota' ? {} : { quota: size }),
    refreservation: String(request.refreservationBytes ?? 0n),
    ...request.nativeProperties,
    ...request.userProperties,
    ...identityProperties(request.identity),
  };
  for (const key of Object.keys(request.nativeProperties)) {
    if (!nativePropertyKey.test(key)) throw invalid(request, key, 'its name is none of a property');
    if (ownKeys.has(key)) throw invalid(request, key, 'it is not for a class to choose');
  }
  for (const key of Object.keys(request.userProperties)) {
    if (!userPropertyKey.test(key))
      throw invalid(request, key, 'its name is none of a user property');
  }
  for (const [key, value] of Object.entries(properties)) requireValue(request, key, value);
  return Object.entries(properties).map(([key, value]) => `${key}=${value}`);
}

/** @throws InvalidPropertyError where a word for a command on the host is none */
export function requireWord(
  location: DatasetLocation,
  what: string,
  word: string,
  allowed: RegExp,
): void {
  if (!allowed.test(word)) {
    throw invalid(location, what, `${JSON.stringify(word)} cannot be passed to the host`);
  }
}

/** @throws InvalidPropertyError where ZFS could not take the value, or would write it where it does harm */
export function requireValue(location: DatasetLocation, key: string, value: string): void {
  if (hasControlCharacters(value)) throw invalid(location, key, 'its value has control characters');
  if (Buffer.byteLength(value) > maxValueBytes) {
    throw invalid(location, key, `its value is longer than ${maxValueBytes} bytes`);
  }
}

/** @throws InvalidPropertyError where `sharenfs` could not be that on a host */
export function requireShareOptions(
  location: DatasetLocation,
  { linux, freebsd }: ShareOptions,
): void {
  for (const options of [linux, freebsd]) {
    requireValue(location, 'sharenfs', options);
    // An empty one would mean something else to the scripts: inherit, or the one before.
    requireWord(location, 'sharenfs', options, /./);
  }
}

function invalid(location: DatasetLocation, key: string, reason: string): InvalidPropertyError {
  return new InvalidPropertyError(location, `${place(location)} cannot be given ${key}: ${reason}`);
}
