/**
 * What a claim says of its growth, as kubectl, quotas and kubelets expect it (KEP-1790; written as
 * external-resizer writes it). Patches are merge patches of the `status` subresource: lists are replaced
 * whole, so conditions of others are carried along, and the version that was read is the condition on which
 * they are taken.
 */
import { claimAnnotations } from './annotations.ts';
import type { Claim, ClaimCondition } from './objects.ts';

type ClaimPatch = Readonly<Record<string, unknown>>;

/** Those that belong to growing, and go when it is done. */
const growthConditions: ReadonlySet<string> = new Set([
  'Resizing',
  'FileSystemResizePending',
  'ControllerResizeError',
  'NodeResizeError',
]);

const stages = {
  inProgress: 'ControllerResizeInProgress',
  infeasible: 'ControllerResizeInfeasible',
} as const;

/**
 * How the last attempt to grow ended: it has none; it is not known (it runs, or was cut off); it failed, and
 * is known to; it failed since there is no room.
 */
export type GrowthStage = 'none' | 'unknown' | 'failed' | 'infeasible';

export interface GrowthState {
  readonly stage: GrowthStage;
  /** The size that was last aimed at, letter for letter; empty where there was none. */
  readonly aim: string;
}

export function growthStateOf({ status = {} }: Claim): GrowthState {
  const aim = status.allocatedResources?.['storage'] ?? '';
  const hasError = status.conditions?.some(({ type }) => type === 'ControllerResizeError') ?? false;
  const written = status.allocatedResourceStatuses?.['storage'];
  if (written === stages.infeasible) return { aim, stage: 'infeasible' };
  if (written !== stages.inProgress) return { aim, stage: 'none' };
  return { aim, stage: hasError ? 'failed' : 'unknown' };
}

/** The size that is asked for, letter for letter; empty where the claim does not tell. */
export function requestOf(claim: Claim | undefined): string {
  return claim?.spec.resources?.requests?.storage ?? '';
}

/** The size that the claim has got, letter for letter; empty while it has none. */
export function capacityOf(claim: Claim | undefined): string {
  return claim?.status?.capacity?.['storage'] ?? '';
}

/** An attempt begins: what it ends with is not known from now on. */
export function growthBegins(claim: Claim, size: string, nowMs: number): ClaimPatch {
  const key = claimAnnotations.nodeExpansionNotRequired;
  const isMarked = claim.metadata.annotations?.[key] !== undefined;
  return {
    metadata: { ...versionOf(claim), ...(isMarked && { annotations: { [key]: null } }) },
    status: {
      conditions: [...conditionsOfOthers(claim), condition(claim, 'Resizing', { nowMs })],
      allocatedResources: { storage: size },
      allocatedResourceStatuses: { storage: stages.inProgress },
    },
  };
}

/** The volume has the size. `allocatedResources` stays; resource quotas count it. */
export function growthDone(claim: Claim, size: string): ClaimPatch {
  const others = conditionsOfOthers(claim);
  const resources = Object.keys(claim.status?.allocatedResourceStatuses ?? {});
  const isLast = resources.every((resource) => resource === 'storage');
  return {
    metadata: {
      ...versionOf(claim),
      annotations: { [claimAnnotations.nodeExpansionNotRequired]: 'true' },
    },
    status: {
      capacity: { storage: size },
      conditions: others.length === 0 ? null : others,
      allocatedResourceStatuses: isLast ? null : { storage: null },
    },
  };
}

interface GrowthFailure {
  readonly stage: 'failed' | 'infeasible';
  readonly message: string;
  readonly nowMs: number;
}

/** The attempt is known to have failed. A smaller request may be tried now. */
export function growthFailed(claim: Claim, { stage, ...failure }: GrowthFailure): ClaimPatch {
  const { nowMs } = failure;
  return {
    metadata: versionOf(claim),
    status: {
      conditions: [
        ...conditionsOfOthers(claim),
        condition(claim, 'Resizing', { nowMs }),
        condition(claim, 'ControllerResizeError', failure),
      ],
      ...(stage === 'infeasible' && {
        allocatedResourceStatuses: { storage: stages.infeasible },
      }),
    },
  };
}

function versionOf({ metadata: { uid, resourceVersion } }: Claim): {
  readonly uid: string;
  readonly resourceVersion: string;
} {
  return { uid, resourceVersion };
}

function conditionsOfOthers({ status }: Claim): readonly ClaimCondition[] {
  return (status?.conditions ?? []).filter(({ type }) => !growthConditions.has(type));
}

/** True, and since when: one that is there keeps its time. */
function condition(
  { status }: Claim,
  type: string,
  { nowMs, message }: { readonly nowMs: number; readonly message?: string },
): ClaimCondition {
  const before = status?.conditions?.find((each) => each.type === type);
  const now = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    type,
    status: 'True',
    lastTransitionTime: before?.lastTransitionTime ?? now,
    ...(message !== undefined && { message }),
  };
}
