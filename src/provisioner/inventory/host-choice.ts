import { isDeadPool } from '../../volume/pool-health.ts';
import type { PlacementRule } from '../parameters/place.ts';
import type { Place, Skipped } from './places.ts';

/** What is known of a place; each field undefined where nothing is. */
export interface PlaceFacts {
  /** Why the host must not be asked now: it does not answer. */
  readonly isDown: string | undefined;
  /** Why it may not answer: it did not when it was looked at last. */
  readonly isDoubtful: string | undefined;
  readonly parent: ParentFacts | undefined;
}

export interface ParentFacts {
  readonly exists: boolean;
  readonly readOnly: boolean;
  /** What the parent can still take, less what was given away since it was read. */
  readonly freeBytes: bigint;
  readonly volumes: number;
  readonly pool: {
    /** As `zpool list -o health`; undefined where the host does not tell. */
    readonly health: string | undefined;
    readonly fullnessPercent: number;
  };
}

export interface ChoiceQuestion {
  readonly rule: PlacementRule;
  readonly places: readonly Place[];
  /** Bytes that must be free: the size of a thick volume; 0 for a thin one. */
  readonly neededBytes: bigint;
  readonly factsOf: (place: Place) => PlaceFacts;
  /** Rises each time a volume of the class is given to the place; 0: never. */
  readonly lastGivenOf: (place: Place) => number;
}

export interface Choice {
  /** Undefined: none can take it now. */
  readonly place: Place | undefined;
  readonly skipped: readonly Skipped[];
}

/**
 * Which of several places takes a volume. Those that certainly cannot are skipped, each with its reason;
 * those of which nothing is known, or whose host did not answer last time, come only after all others.
 * Pure, and stable: equal places are taken in their order.
 */
export function choosePlace(question: ChoiceQuestion): Choice {
  const judged = question.places.map((place) => {
    const facts = question.factsOf(place);
    return { place, facts, reason: reasonAgainst(place, facts, question.neededBytes) };
  });
  const usable = judged.filter(({ reason }) => reason === undefined);
  const certain = usable.filter(({ facts }) => isKnown(facts));
  const [first] = (certain.length > 0 ? certain : usable).toSorted(orders[question.rule](question));
  const skipped = judged.flatMap(({ place, facts, reason }) => {
    const why =
      reason ?? (first !== undefined && isKnown(first.facts) ? facts.isDoubtful : undefined);
    return why === undefined ? [] : [{ host: place.host, reason: why }];
  });
  return { place: first?.place, skipped: merged(skipped) };
}

function isKnown({ parent, isDoubtful }: PlaceFacts): boolean {
  return parent !== undefined && isDoubtful === undefined;
}

function reasonAgainst(
  { parentDataset, limits }: Place,
  { isDown, parent }: PlaceFacts,
  neededBytes: bigint,
): string | undefined {
  if (isDown !== undefined || parent === undefined) return isDown;
  return (
    brokenness(parentDataset, parent) ?? fullness({ parentDataset, limits }, parent, neededBytes)
  );
}

function brokenness(parentDataset: string, parent: ParentFacts): string | undefined {
  const { health } = parent.pool;
  if (health !== undefined && isDeadPool(health)) {
    return `the pool of ${parentDataset} is ${health}`;
  }
  if (!parent.exists) return `dataset ${parentDataset} is not there`;
  return parent.readOnly ? `${parentDataset} is read-only, as a replica is` : undefined;
}

function fullness(
  { parentDataset, limits }: Pick<Place, 'parentDataset' | 'limits'>,
  parent: ParentFacts,
  neededBytes: bigint,
): string | undefined {
  const { fullnessPercent } = parent.pool;
  const limit = limits.maxFullnessPercent;
  if (limit !== undefined && fullnessPercent >= limit) {
    return `the pool of ${parentDataset} is ${fullnessPercent} % full, the limit is ${limit} %`;
  }
  if (parent.freeBytes <= 0n || parent.freeBytes < neededBytes) {
    return `${parentDataset} is full: ${asText(parent.freeBytes)} left, ${asText(neededBytes)} asked for`;
  }
  return undefined;
}

interface Judged {
  readonly place: Place;
  readonly facts: PlaceFacts;
}

type Order = (question: ChoiceQuestion) => (a: Judged, b: Judged) => number;

const orders: Readonly<Record<PlacementRule, Order>> = {
  'most-free': () => (a, b) => compare(freeOf(b), freeOf(a)),
  'least-volumes': () => (a, b) => (a.facts.parent?.volumes ?? 0) - (b.facts.parent?.volumes ?? 0),
  'round-robin':
    ({ lastGivenOf }) =>
    (a, b) =>
      lastGivenOf(a.place) - lastGivenOf(b.place),
  'first-healthy': () => () => 0,
};

function freeOf({ facts }: Judged): bigint {
  return facts.parent?.freeBytes ?? 0n;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

/** Several parents of one host that are skipped for the same reason are one. */
function merged(skipped: readonly Skipped[]): readonly Skipped[] {
  const key = ({ host, reason }: Skipped): string => `${host} ${reason}`;
  return [...new Map(skipped.map((each) => [key(each), each])).values()];
}

function asText(bytes: bigint): string {
  if (bytes <= 0n) return 'nothing';
  return `${(Number(bytes) / 2 ** 30).toFixed(2)} GiB`;
}
