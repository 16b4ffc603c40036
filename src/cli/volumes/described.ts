import type { EventView, FindingView, PoolView, VolumeView } from '../../overview/views.ts';
import type { Claim, Volume } from '../../volume/objects.ts';
import type { DatasetUsage } from '../../zfs/dataset.ts';

/** A volume, or a claim that has none yet, and all that is known of it on both sides. */
export interface Described {
  /** Undefined: the claim has no volume. */
  readonly view: VolumeView | undefined;
  /** Undefined, like the claim: not known where only the console was asked, or not there. */
  readonly volume: Volume | undefined;
  readonly claim: Claim | undefined;
  /** Undefined: it is not there, or its host was not asked. */
  readonly dataset: DatasetUsage | undefined;
  readonly pool: PoolView | undefined;
  readonly findings: readonly FindingView[];
  /** The latest first; undefined: they could not be read. */
  readonly events: readonly EventView[] | undefined;
  /** Why the host's side is not told. */
  readonly hostUnknown: string | undefined;
}
