import type { Stage } from '../stage.ts';

/** What must be there for a claim, and nothing else of it. */
export interface Wanted {
  readonly claim: string;
  readonly volume: string;
  /** In MiB, of dataset, volume and claim. */
  readonly sizeMiB: number;
  /** It must be exported to this address. */
  readonly client?: string;
}

type Facts = Readonly<Record<string, boolean>>;

/**
 * One dataset and one volume for the claim, told by the API and zfs alone.
 * @throws what is wrong
 */
export async function requireOne(stage: Stage, wanted: Wanted): Promise<true> {
  requireAll({
    ...(await ofDataset(stage, wanted)),
    ...(await ofVolume(stage, wanted)),
    ...(await ofClaim(stage, wanted)),
    ...ofExport(stage, wanted),
  });
  return true;
}

/**
 * Neither a dataset nor a volume of that name; one in the trash if it should be.
 * @throws what is wrong
 */
export async function requireNone(
  stage: Stage,
  name: string,
  { inTrash }: { readonly inTrash: boolean },
): Promise<true> {
  const places = await placesOf(stage, name);
  const trashed = places.filter((dataset) => dataset.includes('/.trash/'));
  requireAll({
    'no volume': (await stage.volume(name)) === undefined,
    'no dataset': places.length === trashed.length,
    'in the trash once, or not at all': trashed.length === (inTrash ? 1 : 0),
    'not exported': optionsOf(stage, name) === undefined,
  });
  return true;
}

/** @throws naming those that do not hold */
export function requireAll(facts: Facts): void {
  const wrong = Object.entries(facts).filter(([, holds]) => !holds);
  if (wrong.length > 0) throw new Error(`wrong: ${wrong.map(([fact]) => fact).join(', ')}`);
}

async function placesOf(stage: Stage, name: string): Promise<readonly string[]> {
  return (await stage.datasetNames()).filter((dataset) => dataset.includes(name));
}

async function ofDataset(stage: Stage, { volume, sizeMiB }: Wanted): Promise<Facts> {
  const place = `${stage.host.parentDataset}/${volume}`;
  const { refquota } = (await stage.host.datasets('refquota')).get(place) ?? {};
  return {
    'one dataset': (await placesOf(stage, volume)).join() === place,
    'its quota': refquota === String(sizeMiB * 1024 ** 2),
  };
}

async function ofVolume(stage: Stage, wanted: Wanted): Promise<Facts> {
  const all = await stage.volumes();
  const [volume, ...more] = all.filter(({ spec }) => spec.claimRef?.name === wanted.claim);
  if (volume === undefined) return { 'one volume': false };
  const claim = await stage.claim(wanted.claim);
  return {
    'one volume': more.length === 0 && volume.metadata.name === wanted.volume,
    'of this claim': volume.spec.claimRef?.uid === claim?.metadata.uid,
    'of its dataset': stage.datasetOf(volume) === `${stage.host.parentDataset}/${wanted.volume}`,
    'its capacity': volume.spec.capacity?.storage === `${wanted.sizeMiB}Mi`,
    'not being deleted': volume.metadata.deletionTimestamp === undefined,
  };
}

async function ofClaim(stage: Stage, wanted: Wanted): Promise<Facts> {
  const { status } = (await stage.claim(wanted.claim)) ?? {};
  return {
    'the claim is bound': status?.phase === 'Bound',
    'the claim has its size': status?.capacity?.['storage'] === `${wanted.sizeMiB}Mi`,
  };
}

function ofExport(stage: Stage, { volume, client = '' }: Wanted): Facts {
  return { 'it is exported': optionsOf(stage, volume)?.includes(client) === true };
}

function optionsOf({ host }: Stage, volume: string): string | undefined {
  return host.exports().find(({ mountpoint }) => mountpoint.endsWith(`/${volume}`))?.options;
}
