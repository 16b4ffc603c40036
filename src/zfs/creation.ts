/** What create.sh is told of a request, and what it tells of the dataset. */
import { datasetProperties } from '../volume/annotations.ts';
import { parentOf } from '../volume/dataset-name.ts';
import type { CreateDataset, Dataset, Ownership, Sharing } from './dataset.ts';
import { OutputUnreadableError, place } from './dataset-errors.ts';
import { lastFields, linesOf } from './frames.ts';
import type { Frame } from './frames.ts';
import { propertiesOf, requireShareOptions, requireWord } from './properties.ts';
import { bytesOf, parsePropertyRows } from './property-rows.ts';

/** Commands and files of the host besides zfs: words, parted by single blanks. */
export interface HostTools {
  readonly chmod: string;
  readonly chown: string;
  readonly setfacl: string;
  /** What is exported is read from the first of them that can be read. */
  readonly exportsFiles: string;
}

/** Parameters of a verb's script, and properties that it reads besides those that all read. */
export interface AskedOfScript {
  readonly parameters: readonly string[];
  readonly alsoRead: readonly string[];
}

/** @throws InvalidPropertyError for what ZFS could not take, or a command could take for something else */
export function askedOfCreate(request: CreateDataset, tools: HostTools): AskedOfScript {
  return {
    parameters: [
      tools.chmod,
      tools.chown,
      tools.setfacl,
      tools.exportsFiles,
      ...ownershipWords(request, request.ownership),
      ...sharingWords(request, request.sharing),
      datasetProperties.share,
      ...spaceWords(request),
      datasetProperties.creator,
      ...propertiesOf(request),
    ],
    alsoRead: [
      'quota',
      datasetProperties.share,
      datasetProperties.creator,
      ...Object.keys(request.nativeProperties),
      ...Object.keys(request.userProperties),
    ],
  };
}

/** Numbers only: a name is another user on every host. The ACL's entries go with commas between. */
function ownershipWords(
  request: CreateDataset,
  { mode, uid, gid, acl }: Ownership,
): readonly string[] {
  requireWord(request, 'mode', mode, /^[A-Za-z0-9+=,:][A-Za-z0-9+=,:-]*$/);
  for (const id of [uid, gid]) {
    if (id !== undefined) requireWord(request, 'an owner', String(id), /^\d{1,10}$/);
  }
  for (const entry of acl) {
    requireWord(request, 'an ACL entry', entry, /^[A-Za-z0-9@][A-Za-z0-9@_.:/+-]*$/);
  }
  const group = gid === undefined ? '' : `:${gid}`;
  return [mode, `${uid ?? ''}${group}`, acl.join(',')];
}

function sharingWords(request: CreateDataset, sharing: Sharing): readonly string[] {
  if (sharing.kind === 'off') return ['off', 'off', ''];
  if (sharing.kind === 'inherit') return ['', '', ''];
  const { linux, freebsd } = sharing.options;
  requireShareOptions(request, sharing.options);
  const clients = sharing.clients ?? [];
  for (const client of clients) requireWord(request, 'a client', client, /^[^\s\\"'()]+$/);
  return [linux, freebsd, clients.join(' ')];
}

function spaceWords({ sizeBytes, refreservationBytes, spaceLimits }: CreateDataset): string[] {
  const { maxFullnessPercent, maxOvercommit } = spaceLimits;
  return [
    String(sizeBytes),
    String(refreservationBytes ?? 0n),
    maxFullnessPercent === undefined ? '' : String(Math.floor(maxFullnessPercent)),
    percentOf(maxOvercommit),
  ];
}

/** A factor in the words of the scripts: percent, empty for none. */
export function percentOf(factor: number | undefined): string {
  return factor === undefined ? '' : String(Math.round(factor * 100));
}

/**
 * The dataset as the script left it.
 * @throws OutputUnreadableError where zfs did not tell all of it
 */
export function createdDataset(request: CreateDataset, frames: readonly Frame[]): Dataset {
  const { host, dataset } = request;
  const state = parsePropertyRows(rowsOfLastRead(frames));
  const mountpoint = state.get(dataset)?.get('mountpoint')?.value;
  const refquotaBytes = bytesOf(state.get(dataset), 'refquota');
  const refreservationBytes = bytesOf(state.get(dataset), 'refreservation');
  const parentGuid = state.get(parentOf(dataset))?.get('guid')?.value;
  if (
    mountpoint === undefined ||
    refquotaBytes === undefined ||
    refreservationBytes === undefined ||
    parentGuid === undefined
  ) {
    throw new OutputUnreadableError(
      request,
      `${place(request)}: zfs did not tell what it had created`,
    );
  }
  const adopted = lastFields(frames, 'result')?.[0] === 'adopted';
  const limits = { refquotaBytes, refreservationBytes };
  return { host, dataset, mountpoint, ...limits, parentGuid, adopted, exports: exportsIn(frames) };
}

function exportsIn(frames: readonly Frame[]): Dataset['exports'] {
  const [told] = lastFields(frames, 'exports') ?? [];
  return told === 'as-asked' || told === 'unchecked' ? told : 'not-asked';
}

/** A verb may look several times; what it saw last holds. */
export function rowsOfLastRead(frames: readonly Frame[]): string[] {
  return linesOf(frames.slice(frames.findLastIndex((frame) => frame.kind === 'read')), 'row');
}
