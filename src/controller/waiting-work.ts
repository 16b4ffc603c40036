import type { Store } from '../kube/store.ts';
import { keyOf } from '../volume/object-key.ts';
import type { Claim, StorageClass, Volume } from '../volume/objects.ts';
import { classNameOf, decideClaim } from './claim-policy.ts';
import type { OpenKey } from './open-keys.ts';
import { isHeld, isOurs } from './volume-policy.ts';

/** A claim without volume, a growth or the end of a volume: not done yet. Times are of the wall clock. */
export interface WaitingWork {
  readonly kind: 'claim' | 'volume' | 'growth';
  /** Of the claim, or of the volume's claim. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly storageClass: string;
  readonly host: string | undefined;
  readonly sinceMs: number;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly attempts: number;
  readonly nextAttemptAtMs: number | undefined;
}

interface LoopView {
  /** What is not settled. */
  readonly openKeys: readonly OpenKey[];
  readonly laneOf: (key: string) => string;
}

export interface WaitingQuestion {
  readonly instance: string;
  readonly claims: Pick<Store<Claim>, 'get' | 'list'>;
  readonly volumes: Pick<Store<Volume>, 'get' | 'list'>;
  readonly classes: Pick<Store<StorageClass>, 'get'>;
  readonly claimLoop: LoopView;
  readonly volumeLoop: LoopView;
  readonly growthLoop: LoopView;
}

/** All that is to be done and is not, and why not, also where others have to do something first. */
export function waitingWork(question: WaitingQuestion): readonly WaitingWork[] {
  const { claimLoop, volumeLoop, growthLoop } = question;
  const open = new Map(claimLoop.openKeys.map((each) => [each.key, each]));
  return [
    ...claimsIn(question, open),
    ...volumeLoop.openKeys.flatMap((each) => ofVolume(question, each)),
    ...heldVolumes(question),
    ...growthLoop.openKeys.flatMap((each) => ofGrowth(question, each)),
  ];
}

function* claimsIn(
  question: WaitingQuestion,
  open: ReadonlyMap<string, OpenKey>,
): Iterable<WaitingWork> {
  const { claims, classes, instance } = question;
  for (const claim of claims.list()) {
    if ((claim.spec.volumeName ?? '') !== '') continue;
    const known = open.get(keyOf(claim));
    const isOfOurs = classes.get(classNameOf(claim))?.provisioner === instance;
    if (known !== undefined || isOfOurs) yield ofClaim(question, claim, known);
  }
}

function ofClaim(
  { classes, instance, claimLoop }: WaitingQuestion,
  claim: Claim,
  open: OpenKey | undefined,
): WaitingWork {
  const { namespace, name, creationTimestamp = '' } = claim.metadata;
  const decision = decideClaim(claim, classes.get(classNameOf(claim)), instance);
  const reason = 'reason' in decision ? reasonOf(claim, decision.reason) : undefined;
  return {
    ...told(open, reason),
    ...{ kind: 'claim', namespace, name, storageClass: classNameOf(claim) },
    host: claimLoop.laneOf(keyOf(claim)) || undefined,
    sinceMs: Date.parse(creationTimestamp) || (open?.sinceMs ?? 0),
  };
}

/** kube-controller-manager asks us for the volume once the scheduler has chosen a node. */
function reasonOf({ metadata }: Claim, reason: string): string {
  return reason === 'of another provisioner' && metadata.deletionTimestamp === undefined
    ? 'waiting for its first consumer, or for kube-controller-manager to ask for a volume'
    : reason;
}

function ofVolume(
  { volumes, volumeLoop, instance }: WaitingQuestion,
  open: OpenKey,
): WaitingWork[] {
  const volume = volumes.get(open.key);
  if (volume === undefined || !isOurs(volume, instance)) return [];
  const host = volumeLoop.laneOf(open.key) || undefined;
  return [{ ...told(open, undefined), ...aboutVolume(volume), host, sinceMs: open.sinceMs }];
}

function* heldVolumes({ volumes, volumeLoop, instance }: WaitingQuestion): Iterable<WaitingWork> {
  const open = new Set(volumeLoop.openKeys.map(({ key }) => key));
  for (const volume of volumes.list()) {
    if (!isHeld(volume, instance) || open.has(volume.metadata.name)) continue;
    const host = volumeLoop.laneOf(volume.metadata.name) || undefined;
    const reason =
      'its destruction is held until a person has decided upon it: kubectl zfs guard list';
    const since = Date.parse(volume.metadata.deletionTimestamp ?? '') || 0;
    yield { ...told(undefined, reason), ...aboutVolume(volume), host, sinceMs: since };
  }
}

function aboutVolume({
  metadata,
  spec,
}: Volume): Pick<WaitingWork, 'kind' | 'namespace' | 'name' | 'storageClass'> {
  return {
    ...{ kind: 'volume', namespace: spec.claimRef?.namespace, name: metadata.name },
    storageClass: spec.storageClassName ?? '',
  };
}

function ofGrowth({ claims, growthLoop }: WaitingQuestion, open: OpenKey): WaitingWork[] {
  const claim = claims.get(open.key);
  if (claim === undefined) return [];
  const { namespace, name } = claim.metadata;
  return [
    {
      ...told(open, undefined),
      ...{ kind: 'growth', namespace, name, storageClass: classNameOf(claim) },
      host: growthLoop.laneOf(open.key) || undefined,
      sinceMs: open.sinceMs,
    },
  ];
}

function told(
  open: OpenKey | undefined,
  reason: string | undefined,
): Pick<WaitingWork, 'code' | 'message' | 'attempts' | 'nextAttemptAtMs'> {
  return {
    code: open?.failure?.code,
    message: open?.failure?.message ?? reason,
    attempts: open?.attempts ?? 0,
    nextAttemptAtMs: open?.nextAttemptAtMs,
  };
}
