import { InvalidRequestError } from '../errors.ts';
import { KubeMissingError } from '../kube/api-error.ts';
import type { HostUsage } from '../zfs/dataset.ts';
import { planAdoption, stepsOf } from './adoption.ts';
import type { Candidate } from './candidate.ts';
import { chosenBy } from './candidate.ts';
import { carryOut, consentOf } from './changes.ts';
import type { Consent } from './changes.ts';
import type { ParentPlace } from './cli-world.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Work } from './frame.ts';
import type { ClaimName, Given } from './given.ts';
import { scanHosts } from './hosts-scan.ts';

/** A dataset by any of its names, and the claim that is to get it. */
export interface AskedAdoption {
  readonly name: string;
  readonly claim: ClaimName;
  readonly parents: readonly ParentPlace[];
  readonly consent: Consent;
}

export interface AdoptionRules {
  /** Among which the name is looked for, on one host. */
  readonly candidatesOn: (usage: HostUsage) => readonly Candidate[];
  /** For messages: where it was looked for, and which command shows what is there. */
  readonly where: string;
}

export function readAdoption(what: string): (given: Given) => AskedAdoption {
  return (given) => ({
    name: given.word(what),
    claim: given.claim(),
    parents: given.parents(),
    consent: consentOf(given),
  });
}

export async function runAdoption(
  asked: AskedAdoption,
  work: Work,
  { candidatesOn, where }: AdoptionRules,
): Promise<ExitCode> {
  const { world, cluster } = work;
  const { claim } = asked;
  await requireNamespace(claim, work);
  const [volumes, claims] = await Promise.all([
    cluster.kube.listVolumes(world.signal),
    cluster.kube.listClaims(world.signal),
  ]);
  const { usages } = await scanHosts(work, { parents: asked.parents });
  const candidates = [...usages.values()].flatMap(candidatesOn);
  const candidate = chosenBy(asked.name, candidates, { owner: cluster, where });
  const adoption = planAdoption({ candidate, claim, claims, volumes });
  const plan = {
    changes: stepsOf(adoption, cluster, world.clock),
    areSteps: true,
    nothing: `Claim ${claim.namespace}/${claim.name} has volume ${candidate.volumeName} already.`,
  };
  return carryOut(work, plan, asked.consent);
}

/** A claim that cannot be made must not be found out when half is done. */
async function requireNamespace({ namespace }: ClaimName, { cluster, world }: Work): Promise<void> {
  try {
    await cluster.kube.getNamespaceUid(namespace, world.signal);
  } catch (thrown) {
    if (!(thrown instanceof KubeMissingError)) throw thrown;
    throw new InvalidRequestError([`there is no namespace ${namespace}: create it first`]);
  }
}
