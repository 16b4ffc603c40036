/** What a script found that forbids the verb, as typed errors: nothing was changed, or it was undone. */
import { InvariantError } from '../errors.ts';
import type { ProvisionerError } from '../errors.ts';
import { formatBytes } from '../volume/format-bytes.ts';
import { datasetProperties } from '../volume/annotations.ts';
import type { DatasetLocation } from './dataset-identity.ts';
import {
  DatasetBusyError,
  DatasetDiffersError,
  DatasetExistsError,
  DatasetKeptError,
  DatasetNotEmptyError,
  DatasetNotOwnedError,
  ExportsWrongError,
  InvalidPropertyError,
  OutOfSpaceError,
  OutputUnreadableError,
  ParentChangedError,
  ParentUnusableError,
  StillRunningError,
  place,
} from './dataset-errors.ts';
import { aftermathOf } from './aftermath.ts';
import { dependentRefusals } from './dependent-refusals.ts';
import type { Refusal } from './dependent-refusals.ts';
import { linesOf } from './frames.ts';
import type { Frame } from './frames.ts';
import { parsePropertyRows } from './property-rows.ts';
import { repairRefusals } from './repair-refusals.ts';

/** The command that makes it has all but ended, as a rule. */
const makingRetryMs = 5000;

/** Found while somebody else is at it. */
const meanwhileRefusals: Readonly<Record<string, Refusal>> = {
  making: (location, [creator = '']) =>
    new StillRunningError(
      location,
      `${place(location)} is being made by a command of an earlier attempt (process ${creator.split('-', 1).join('')} there), ` +
        'which has not ended yet: nothing was changed, and it is looked at again soon',
      makingRetryMs,
    ),
};

/** Refused before anything was changed. */
const spaceRefusals: Readonly<Record<string, Refusal>> = {
  fullness: (location, details) => {
    const [pool = '', percent = ''] = [details[0], details[4]];
    const [used, available, reserved] = numbersIn(details.slice(1, 4));
    const total = used + available;
    const after = used + reserved;
    const missing = missingTo(after, (total * BigInt(percent)) / 100n);
    const what = reserved > 0n ? `with ${formatBytes(reserved)} reserved for it, ` : '';
    return new OutOfSpaceError(
      location,
      `${place(location)} is not created: ${what}${formatBytes(after)} of ${formatBytes(total)} in pool ${pool} would ` +
        `be used, and new volumes are refused above ${percent} %. Missing: ${formatBytes(missing)}. To do: free ` +
        'space in the pool or add to it',
    );
  },

  overcommit: (location, details) => {
    const [parent = '', percent = ''] = [details[0], details[4]];
    const [promised, total, size] = numbersIn(details.slice(1, 4));
    const missing = missingTo(promised + size, (total * BigInt(percent)) / 100n);
    return new OutOfSpaceError(
      location,
      `${place(location)} cannot have ${formatBytes(size)}: with the ${formatBytes(promised)} that others below ${parent} ` +
        `were promised it would be more than ${Number(percent) / 100} times its ${formatBytes(total)}. Missing: ` +
        `${formatBytes(missing)}. To do: delete volumes, ask for less, or raise the limit`,
    );
  },
};

function numbersIn(fields: readonly string[]): readonly [bigint, bigint, bigint] {
  const [a = 0n, b = 0n, c = 0n] = fields.map((field) =>
    /^\d+$/.test(field) ? BigInt(field) : 0n,
  );
  return [a, b, c];
}

/** The host compares with the precision of its awk: what it refused is short of a byte at least. */
function missingTo(wanted: bigint, allowed: bigint): bigint {
  return wanted > allowed ? wanted - allowed : 1n;
}

/** Of verbs that take a dataset away, or bring it back. */
const keptRefusals: Readonly<Record<string, Refusal>> = {
  kept: (location, [instead = '', reason = '']) => {
    const found = instead === 'trash' || instead === 'retain' ? instead : undefined;
    return new DatasetKeptError(
      location,
      found === undefined
        ? `${place(location)} was not touched: ${reason}`
        : `${place(location)} says itself that it is not to be destroyed (${datasetProperties.onDelete}=${found})`,
      found,
    );
  },

  intrash: (location, [trashed = '']) =>
    new DatasetKeptError(
      location,
      `${place(location)} cannot be retained where it was: it is in the trash, as ${trashed}. Have it back with ` +
        'kubectl zfs trash restore',
    ),

  untrashed: (location) =>
    new DatasetNotOwnedError(location, `${place(location)} is left alone: it is in no trash`),

  nothome: (location, [target = '', home = '']) =>
    new DatasetNotOwnedError(
      location,
      `${place(location)} stays in the trash: it can be had back only beside it, below ${home}, not as ${target}`,
    ),

  exists: (location, [target = '']) =>
    new DatasetExistsError(
      location,
      `${place(location)} stays in the trash: there is a dataset ${target} already. Rename that one, or have it back ` +
        'under another name',
    ),

  busy: (location, _details, frames) =>
    new DatasetBusyError(
      location,
      `${place(location)} was not put into the trash: it is still in use.${aftermathOf(frames)} To do: end what uses it`,
    ),
};

/** By the first field of a `refused` frame; the scripts name the reasons. */
const refusals: Readonly<Record<string, Refusal>> = {
  ...meanwhileRefusals,
  ...spaceRefusals,

  type: (location, [type = '']) =>
    new DatasetNotOwnedError(
      location,
      `${place(location)} is left alone: it is a ${type}, not a filesystem`,
    ),

  identity: (location, _details, frames) =>
    new DatasetNotOwnedError(
      location,
      `${place(location)} is left alone: it cannot be proven to be this volume's. Found: ` +
        `${identityFound(location, frames)}. Rename or remove it if it is in the way`,
    ),

  receiving: (location) =>
    new DatasetNotOwnedError(
      location,
      `${place(location)} is left alone: it is the target of a zfs receive that has not ended`,
    ),

  unusable: (location, [property = '', value = ''], frames) =>
    new ParentUnusableError(
      location,
      `${place(location)} cannot be used: its ${property} is "${value}".${aftermathOf(frames)} Correct that property on the parent ` +
        '(a mountpoint that is a path, readonly=off, mounted)',
    ),

  hidden: (location, [mountpoint = ''], frames) =>
    new ParentUnusableError(
      location,
      `${place(location)} cannot be used: ${mountpoint} is not its root directory, although ZFS says that it is ` +
        `mounted there.${aftermathOf(frames)} Nothing was changed in that directory. Unmount what hides it`,
    ),

  unshared: (location, _details, frames) =>
    new ParentUnusableError(
      location,
      `${place(location)} cannot be used: it is to be shared as its parent is, and that is not shared (sharenfs is ` +
        `off).${aftermathOf(frames)} Set sharenfs on the parent, or leave share: inherit out of the StorageClass`,
    ),

  fixed: (location, [property = '', wanted = '', found = '']) =>
    new DatasetDiffersError(
      location,
      `${place(location)} is this volume's, left by an attempt before this one, but was made with ${property}=${found} where ` +
        `${wanted} is asked for, and that cannot be changed. Destroy it if nothing is in it; then it is made anew`,
    ),

  exports: (location, _details, frames) => {
    const missing = linesOf(frames, 'missing');
    const extra = linesOf(frames, 'extra').map((client) => (client === '*' ? 'everybody' : client));
    const reasons = [
      ...(missing.length > 0 ? [`it is not exported to ${missing.join(', ')}`] : []),
      ...(extra.length > 0
        ? [`it is exported to ${extra.join(', ')}, which nobody asked for`]
        : []),
    ];
    return new ExportsWrongError(
      location,
      `${place(location)} is not handed out: ${reasons.join(', and ')}.${aftermathOf(frames)} A host name must resolve on the ` +
        'storage host, and sharenfs takes an IPv6 address or network in brackets only, [fd00::]/64: without ' +
        'them it is cut at its colons',
    );
  },

  property: (location, [property = '', wanted = '', found = ''], frames) =>
    new InvalidPropertyError(
      location,
      `${place(location)} did not take ${property}: "${wanted}" was asked for, it is ` +
        `"${found}".${aftermathOf(frames)}`,
    ),

  parent: (location, [guid = '']) =>
    new ParentChangedError(
      location,
      `${place(location)} is left alone: its parent is not the one that the volume was made in (guid ${guid} ` +
        'now). Another pool or host answers to this name',
    ),

  elsewhere: (location, [mountpoint = '']) =>
    new ParentChangedError(
      location,
      `${place(location)} is not there, and does not count as gone: its parent is mounted at ${mountpoint}, the ` +
        "volume's path is elsewhere. The annotations of the volume, or the parent's mountpoint, were changed",
    ),

  unreadable: (location, [property = '']) =>
    new OutputUnreadableError(
      location,
      `${place(location)}: zfs did not tell the property ${property}`,
    ),

  ...keptRefusals,
  ...repairRefusals,

  content: (location, [found = '']) =>
    new DatasetNotEmptyError(
      location,
      `${place(location)} was not destroyed: it must be empty, found: ${found}`,
    ),

  ...dependentRefusals,
};

/** The typed error of a `refused` frame. */
export function errorOfRefusal(
  location: DatasetLocation,
  refused: readonly string[],
  frames: readonly Frame[],
): ProvisionerError {
  const [reason = '', ...details] = refused;
  const refusal = Object.hasOwn(refusals, reason) ? refusals[reason] : undefined;
  return (
    refusal?.(location, details, frames) ??
    new InvariantError(`a script refused for an unknown reason: ${reason}`)
  );
}

function identityFound(location: DatasetLocation, frames: readonly Frame[]): string {
  const properties = parsePropertyRows(linesOf(frames, 'row')).get(location.dataset);
  return [datasetProperties.instance, datasetProperties.clusterId, datasetProperties.volumeName]
    .map((key) => {
      const found = properties?.get(key);
      return found === undefined ? `${key} missing` : `${key}="${found.value}" (${found.source})`;
    })
    .join(', ');
}
