import { ProvisionerError } from '../errors.ts';
import { claimAnnotations } from '../volume/annotations.ts';
import type { Claim, StorageClass } from '../volume/objects.ts';
import type { ClassParameters } from './class-parameters.ts';
import type { Choice } from './inventory/host-choice.ts';
import type { HostInventory } from './inventory/inventory.ts';
import { describeSkipped, placesOf } from './inventory/places.ts';
import type { Place, Skipped } from './inventory/places.ts';
import type { PlacementRule } from './parameters/place.ts';
import { place } from './placement.ts';
import type { Nodes, Placement } from './placement.ts';

/** Of several hosts, none can take the volume now. */
export class NoHostError extends ProvisionerError {
  readonly code = 'NO_HOST';
  readonly retry = 'backoff';

  constructor(skipped: readonly Skipped[]) {
    super(
      `no storage host can take the volume now: ${describeSkipped(skipped)}. It is tried again; free space, or bring a host back`,
    );
  }
}

/** Several places would do. */
export interface PlaceChoice {
  readonly claim: Claim;
  readonly className: string;
  readonly rule: PlacementRule;
  readonly places: readonly Place[];
  readonly neededBytes: bigint;
  /** What is asked for, reserved or not. */
  readonly sizeBytes: bigint;
}

export interface PlaceRules {
  readonly nodes: Nodes;
  readonly inventory: HostInventory;
  /**
   * Chooses one, and the same one each time that it is asked for the same claim.
   * Not asked where there is no choice.
   */
  readonly choosePlace: (choice: PlaceChoice) => Choice;
}

type Placed = Extract<Placement, { kind: 'place' }>;

/** A place that would do, and what the volume would be there. */
interface Option {
  readonly place: Place;
  readonly placement: Placed;
}

/** Where a claim's volume may go, as far as claim, class, nodes and hosts file tell. */
export type PlaceOptions =
  | {
      readonly kind: 'options';
      readonly options: readonly [Option, ...Option[]];
      readonly skipped: readonly Skipped[];
    }
  | Exclude<Placement, { kind: 'place' }>;

export interface ChosenPlace extends Option {
  /** Hosts that were left out. */
  readonly skipped: readonly Skipped[];
  /** It was one of several: the choice must be remembered. */
  readonly isChoice: boolean;
}

/** Each place is judged as if it were the only one: so the node that the scheduler chose picks the host. */
export function placeOptions(
  claim: Claim,
  storageClass: StorageClass,
  parameters: ClassParameters,
  { nodes, inventory }: Pick<PlaceRules, 'nodes' | 'inventory'>,
): PlaceOptions {
  const className = storageClass.metadata.name;
  const found = placesOf({ className, ...parameters }, inventory);
  const isWaiting = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
  const selectedNode = isWaiting
    ? claim.metadata.annotations?.[claimAnnotations.selectedNode]
    : undefined;
  const judged = found.places.map((each) => ({
    place: each,
    placement: place(
      {
        type: parameters.type,
        accessModes: claim.spec.accessModes ?? [],
        storageNode: each.node,
        hostLabels: each.labels,
        nodeAffinityKey: parameters.nodeAffinityKey,
        treeNodes: parameters.nodes,
        selectedNode,
        allowedTopologies: storageClass.allowedTopologies ?? [],
      },
      nodes,
    ),
  }));
  const options = nearest(
    judged.filter((each): each is Option => each.placement.kind === 'place'),
    selectedNode,
  );
  const [first, ...others] = options;
  if (first !== undefined) {
    const unfit = judged.flatMap(({ place: { host }, placement }) =>
      placement.kind === 'place' ? [] : [{ host, reason: textOf(placement) }],
    );
    return { kind: 'options', options: [first, ...others], skipped: [...found.skipped, ...unfit] };
  }
  return nowhere(
    judged.map(({ placement }) => placement),
    found.skipped,
    parameters,
  );
}

/** @throws NoHostError, and what `choosePlace` throws */
export function chooseAmong(
  { options, skipped }: Extract<PlaceOptions, { kind: 'options' }>,
  question: Omit<PlaceChoice, 'places'>,
  { choosePlace }: Pick<PlaceRules, 'choosePlace'>,
): ChosenPlace {
  const [only, ...others] = options;
  if (others.length === 0) return { ...only, skipped, isChoice: false };
  const choice = choosePlace({ ...question, places: options.map((option) => option.place) });
  const all = [...skipped, ...choice.skipped];
  const chosen = options.find((option) => option.place === choice.place);
  if (chosen === undefined) throw new NoHostError(all);
  return { ...chosen, skipped: all, isChoice: true };
}

/** An `auto` volume of a pod that is on one of the storage hosts is best there. */
function nearest(options: readonly Option[], selectedNode: string | undefined): readonly Option[] {
  if (selectedNode === undefined) return options;
  const onThatNode = options.filter(({ placement }) => placement.type !== 'nfs');
  return onThatNode.length > 0 ? onThatNode : options;
}

function nowhere(
  judged: readonly Placement[],
  skipped: readonly Skipped[],
  { hostSelector }: ClassParameters,
): Exclude<Placement, { kind: 'place' }> {
  const reasons = judged.flatMap((each) => (each.kind === 'reschedule' ? [each.reason] : []));
  if (reasons.length > 0) return { kind: 'reschedule', reason: [...new Set(reasons)].join('; ') };
  const problems = judged.flatMap((each) => (each.kind === 'impossible' ? [each.problem] : []));
  if (skipped.length > 0)
    problems.push(`no place for volumes of this class: ${describeSkipped(skipped)}`);
  if (problems.length === 0 && hostSelector !== undefined) {
    problems.push(
      'parameter hostSelector matches no host of the hosts file (setting ZFS_HOSTS_FILE)',
    );
  }
  return { kind: 'impossible', problem: [...new Set(problems)].join('; ') };
}

function textOf(placement: Exclude<Placement, { kind: 'place' }>): string {
  return placement.kind === 'reschedule' ? placement.reason : placement.problem;
}
