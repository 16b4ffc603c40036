import type {
  Books,
  ClaimEntry,
  ClassEntry,
  DatasetEntry,
  OwnerEntry,
  VolumeEntry,
} from './books.ts';

export type ViolationKind =
  'unfinished' | 'lost' | 'leaked' | 'doubled' | 'wrong size' | 'unshared' | 'mixed up';

export interface Violation {
  readonly kind: ViolationKind;
  /** The claim that it is about, as far as that is known. */
  readonly claim: string;
  readonly text: string;
}

/**
 * Compares claims, volumes and datasets: one of each for every claim that there is, nothing for one that is
 * gone, but a dataset in the trash where its class says so. Pure.
 */
export function checkBooks(books: Books): readonly Violation[] {
  const owners = new Map(books.owners.map((owner) => [owner.name, owner]));
  return [
    ...books.owners.flatMap((owner) => checkOwner(owner, books)),
    ...books.claims.flatMap((claim) => checkClaim(claim, owners.get(claim.name), books)),
    ...books.volumes.flatMap((volume) => checkVolume(volume, books)),
    ...books.datasets.flatMap((dataset) => checkDataset(dataset, books)),
  ];
}

function checkOwner(owner: OwnerEntry, books: Books): Violation[] {
  const { name, isDeleted } = owner;
  const isThere = books.claims.some((claim) => claim.name === name);
  if (!isDeleted && !isThere) return [about(name, 'lost', 'nobody deleted the claim')];
  if (isDeleted && isThere) {
    return [about(name, 'unfinished', 'the claim was deleted and is still there')];
  }
  return isDeleted ? checkTrash(owner, books) : [];
}

/** What its owner wrote must be in the trash, if its class says so. */
function checkTrash(
  { name, className, volumeName, isMarked = false }: OwnerEntry,
  { classes, datasets }: Books,
): Violation[] {
  const ofClass = classes.find((each) => each.name === className);
  if (ofClass?.goesToTrash !== true || volumeName === undefined || !isMarked) return [];
  const kept = datasets.filter((each) => each.isInTrash && each.volumeName === volumeName);
  if (kept.length === 0) return [about(name, 'lost', `${volumeName} is not in the trash`)];
  if (kept.some(({ mark }) => mark === name)) return [];
  return [about(name, 'lost', `${volumeName} is in the trash without its file`)];
}

function checkClaim(claim: ClaimEntry, owner: OwnerEntry | undefined, books: Books): Violation[] {
  const { name, uid, phase, volumeName, isBeingDeleted } = claim;
  if (isBeingDeleted || phase !== 'Bound') {
    return [about(name, 'unfinished', `the claim is ${phase}`)];
  }
  const own = books.volumes.filter(({ claimUid }) => claimUid === uid);
  const [volume, ...more] = own;
  if (volume === undefined) return [about(name, 'lost', `no volume ${volumeName}`)];
  if (more.length > 0) {
    const names = own.map((each) => each.name).join(', ');
    return [about(name, 'doubled', `it has ${own.length} volumes: ${names}`)];
  }
  return checkBound(claim, volume, owner, books);
}

function checkBound(
  claim: ClaimEntry,
  volume: VolumeEntry,
  owner: OwnerEntry | undefined,
  { datasets, classes }: Books,
): Violation[] {
  const { name, volumeName } = claim;
  const found: Violation[] = [];
  for (const other of [volume.name, owner?.volumeName ?? volumeName]) {
    if (other === volumeName) continue;
    found.push(about(name, 'mixed up', `it is bound to ${volumeName}, but ${other} is for it`));
  }
  const dataset = datasets.find((each) => isDatasetOf(each, volume));
  if (dataset === undefined) return found; // checkVolume tells
  const ofClass = classes.find((each) => each.name === claim.className);
  found.push(...checkSize(claim, volume, dataset, ofClass));
  found.push(...checkUse(claim, volume, dataset, ofClass));
  if (owner?.isMarked === true && dataset.mark !== name) {
    const text = `${dataset.name} on ${dataset.host} has ${dataset.mark ?? 'nothing'} in place of what was written`;
    found.push(about(name, 'lost', text));
  }
  return found;
}

function checkSize(
  { name, requested, capacity }: ClaimEntry,
  volume: VolumeEntry,
  dataset: DatasetEntry,
  ofClass: ClassEntry | undefined,
): Violation[] {
  const reserved = ofClass?.isThick === true ? requested : 0n;
  const sizes = [
    ['status of the claim', capacity, requested],
    [`capacity of ${volume.name}`, volume.capacity, requested],
    [`refquota of ${dataset.name}`, dataset.refquota, requested],
    [`refreservation of ${dataset.name}`, dataset.refreservation, reserved],
  ] as const;
  return sizes
    .filter(([, is, wanted]) => is !== wanted)
    .map(([what, is, wanted]) => ({
      claim: name,
      kind: 'wrong size',
      text: `${what}: ${is} bytes, not ${wanted}`,
    }));
}

function checkUse(
  { name }: ClaimEntry,
  volume: VolumeEntry,
  dataset: DatasetEntry,
  ofClass: ClassEntry | undefined,
): Violation[] {
  const found: Violation[] = [];
  const where = `${dataset.name} on ${dataset.host}`;
  if (!dataset.isMounted)
    found.push({ claim: name, kind: 'unshared', text: `${where} is not mounted` });
  if (volume.path !== dataset.mountpoint) {
    const text = `${volume.name} leads to ${volume.path}, but ${where} is at ${dataset.mountpoint}`;
    found.push({ claim: name, kind: 'mixed up', text });
  }
  const isShared = dataset.sharenfs !== 'off' && dataset.isExported;
  if (ofClass?.type === 'nfs' && !isShared) {
    const text = `${where} has sharenfs=${dataset.sharenfs} and is ${dataset.isExported ? '' : 'not '}exported`;
    found.push({ claim: name, kind: 'unshared', text });
  }
  return found;
}

function checkVolume(volume: VolumeEntry, { claims, datasets }: Books): Violation[] {
  const about = { claim: volume.claimName };
  const { name, host, dataset, phase, isBeingDeleted } = volume;
  const found: Violation[] = [];
  const claim = claims.find(({ uid }) => uid === volume.claimUid);
  if (claim === undefined || isBeingDeleted || phase !== 'Bound') {
    const text = `${name} is ${phase}${isBeingDeleted ? ', being deleted' : ''}, its claim is ${claim === undefined ? 'gone' : 'there'}`;
    found.push({ ...about, kind: 'unfinished', text });
  }
  if (!datasets.some((each) => isDatasetOf(each, volume))) {
    found.push({ ...about, kind: 'lost', text: `${name} has no dataset ${dataset} on ${host}` });
  }
  return found;
}

function checkDataset(dataset: DatasetEntry, { volumes, datasets, owners }: Books): Violation[] {
  const { volumeName, host, name } = dataset;
  const own = volumes.filter((volume) => isDatasetOf(dataset, volume));
  const claim = claimOf(dataset, own, owners);
  const where = `${name} on ${host} (of ${volumeName === '' ? 'nobody' : volumeName})`;
  const found: Violation[] = [];
  if (dataset.isInTrash) {
    for (const text of faultsInTrash(dataset, own)) {
      found.push(about(claim, 'mixed up', `${where} is in the trash, but ${text}`));
    }
  } else if (own.length === 0) {
    found.push(about(claim, 'leaked', `no volume has ${where}`));
  }
  if (own.length > 1) {
    const names = own.map((volume) => volume.name).join(', ');
    found.push(about(claim, 'doubled', `${where} belongs to ${names}`));
  }
  const twin = datasets.find((each) => each !== dataset && each.volumeName === volumeName);
  if (volumeName !== '' && twin !== undefined) {
    found.push(about(claim, 'doubled', `${where} is there twice: ${twin.name} on ${twin.host}`));
  }
  return found;
}

function claimOf(
  { volumeName, mark = '' }: DatasetEntry,
  own: readonly VolumeEntry[],
  owners: readonly OwnerEntry[],
): string {
  const owner = owners.find((each) => each.volumeName === volumeName);
  return own[0]?.claimName ?? owner?.name ?? mark;
}

function faultsInTrash(
  { isExported, refreservation }: DatasetEntry,
  own: readonly VolumeEntry[],
): string[] {
  return [
    ...own.map(({ name }) => `${name} leads there`),
    ...(isExported ? ['it is exported'] : []),
    ...(refreservation === 0n ? [] : [`${refreservation} bytes are reserved for it`]),
  ];
}

function about(claim: string, kind: ViolationKind, text: string): Violation {
  return { claim, kind, text };
}

function isDatasetOf(dataset: DatasetEntry, volume: VolumeEntry): boolean {
  return dataset.host === volume.host && dataset.name === volume.dataset;
}
