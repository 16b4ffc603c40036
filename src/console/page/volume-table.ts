import { volumeTable } from '../../overview/tables.ts';
import type { VolumeView } from '../../overview/views.ts';
import { claimOf, namespaceOf, placeOf } from './claim-cells.ts';
import { age, none, size } from './figures.ts';
import { fillBar } from './fill-bar.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { TableLook } from './look.ts';
import type { Tone } from './words.ts';
import { aside, code, mark, text } from './words.ts';

export const volumes: TableLook<'volumes'> = {
  name: 'volumes',
  title: 'Volumes',
  caption: 'Volumes, their claims and the datasets that they are',
  columns: [
    { title: 'Claim', field: 'claim', cell: claimOf },
    { title: 'Namespace', field: 'namespace', cell: namespaceOf },
    {
      title: 'Class',
      field: 'storageClass',
      cell: ({ storageClass, type }) => html`${text(storageClass)}${aside(type)}`,
    },
    { title: 'Dataset', field: 'dataset', cell: datasetOf },
    { title: 'Used', field: 'usedBytes', kind: 'amount', cell: usedOfQuota },
    {
      title: 'Snapshots',
      field: 'usedBySnapshotsBytes',
      kind: 'figure',
      cell: ({ usedBySnapshotsBytes }) => size(usedBySnapshotsBytes),
    },
    { title: 'Share', field: 'share', cell: shareOf },
    { title: 'State', field: 'phase', cell: phaseOf },
    { title: 'Drift', field: 'drift', kind: 'amount', cell: driftOf },
    {
      title: 'Age',
      field: 'createdAtMs',
      isAge: true,
      cell: ({ createdAtMs }, nowMs) => age(createdAtMs, nowMs),
    },
  ],
  key: volumeTable.identity,
  empty: 'No volume yet. Each claim of one of our StorageClasses is listed here once it is bound.',
  hasNamespaces: true,
};

/** Datasets are called after their volumes, unless their class says otherwise. */
function datasetOf({ volume, host, dataset }: VolumeView): Html {
  const isNamesake = dataset.endsWith(`/${volume}`);
  return html`${placeOf({ host, dataset })}${isNamesake ? undefined : aside(code(volume))}`;
}

/** The bar of a volume: of its quota, or of what it was promised where its quota is not known. */
export function usedOfQuota({
  volume,
  claim,
  usedBytes,
  quotaBytes,
  capacityBytes,
}: VolumeView): Html {
  const label = `used of volume ${claim ?? volume}`;
  const bar = fillBar({ usedBytes, totalBytes: quotaBytes ?? capacityBytes, label });
  return quotaBytes === 0 ? html`${bar}${aside('no quota')}` : bar;
}

export function shareOf({ share }: VolumeView): Html {
  if (share === undefined) return none;
  return html`<span class="share" title="${share}">${code(share)}</span>`;
}

const phaseTones: ReadonlyMap<string, Tone> = new Map([
  ['Bound', 'good'],
  ['Available', 'calm'],
  ['Pending', 'calm'],
  ['Released', 'warn'],
]);

export function phaseOf({ phase }: VolumeView): Html {
  return mark(phaseTones.get(phase) ?? 'bad', phase);
}

export function driftOf({ drift }: VolumeView): Html {
  if (drift.length === 0) return none;
  return html`${drift.map((kind) => mark(kind === 'missing' ? 'bad' : 'warn', kind))}`;
}
