import { absenceTold } from '../overview/finding-views.ts';
import type { Comparison, DriftedVolume, MissingDataset } from '../provisioner/comparison.ts';
import type { Drift } from '../provisioner/volume-drift.ts';
import type { DriftKind } from '../volume/drift-kinds.ts';
import type { Volume } from '../volume/objects.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import type { DatasetLocation } from '../zfs/dataset-identity.ts';
import type { Repair } from '../zfs/dataset-repair.ts';
import type { Listing } from './listing.ts';

/** One thing that is otherwise than a volume was promised. */
export interface Finding extends DatasetLocation {
  readonly volume: Volume;
  /** `missing`: its dataset; `unclear`: where that is. */
  readonly kind: DriftKind | 'missing' | 'unclear';
  readonly expected: string;
  readonly actual: string;
  readonly remedy: string;
  /** Undefined: a person has to. */
  readonly repair: Repair | undefined;
}

/** In the order in which they are to be mended. Pure. */
export function findingsIn({ missing, drifted, unclear }: Comparison): readonly Finding[] {
  return [
    ...missing.map(missingFinding),
    ...unclear.map(({ volume, reason }) => ({
      ...{ volume, host: noted(volume, volumeAnnotations.host) },
      dataset: noted(volume, volumeAnnotations.datasetPath),
      kind: 'unclear' as const,
      ...{ expected: 'annotations that agree with the volume', actual: reason },
      ...{ remedy: 'kubectl edit pv', repair: undefined },
    })),
    ...drifted.flatMap((each) => each.drifts.map((drift) => driftFinding(each, drift))),
  ];
}

function missingFinding(missing: MissingDataset): Finding {
  const { volume, location } = missing;
  const { host, dataset } = location;
  return { volume, host, dataset, kind: 'missing', repair: undefined, ...absenceTold(missing) };
}

function driftFinding({ volume, location }: DriftedVolume, drift: Drift): Finding {
  const { kind, expected, actual, remedy, repair } = drift;
  const { host, dataset } = location;
  return { volume, host, dataset, kind, expected, actual, remedy, repair };
}

export function findingListing(items: readonly Finding[]): Listing<Finding> {
  return {
    items,
    columns: [
      { header: 'VOLUME', of: ({ volume }) => volume.metadata.name },
      { header: 'CLAIM', of: claimOf },
      { header: 'HOST', of: ({ host }) => host },
      { header: 'KIND', of: ({ kind }) => kind },
      { header: 'EXPECTED', of: ({ expected }) => expected },
      { header: 'ACTUAL', of: ({ actual }) => actual },
      { header: 'REPAIR', of: ({ repair }) => (repair === undefined ? 'by hand' : '--repair') },
      { header: 'REMEDY', of: ({ remedy }) => remedy },
    ],
    fieldsOf: (finding) => ({
      volume: finding.volume.metadata.name,
      claim: {
        namespace: finding.volume.spec.claimRef?.namespace,
        name: finding.volume.spec.claimRef?.name,
      },
      ...{ host: finding.host, dataset: finding.dataset, kind: finding.kind },
      ...{ expected: finding.expected, actual: finding.actual },
      ...{ repairable: finding.repair !== undefined, remedy: finding.remedy },
    }),
    nameOf: ({ volume, kind }) => `${volume.metadata.name}/${kind}`,
    empty: 'All volumes are as they were promised.',
  };
}

function claimOf({ volume: { spec } }: Finding): string {
  return `${spec.claimRef?.namespace ?? ''}/${spec.claimRef?.name ?? ''}`;
}

function noted({ metadata }: Volume, key: string): string {
  return metadata.annotations?.[key] ?? '';
}
