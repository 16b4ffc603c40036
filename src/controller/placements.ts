import type { Clock } from '../clock.ts';
import { ProvisionerError } from '../errors.ts';
import type { Choice } from '../provisioner/inventory/host-choice.ts';
import { choosePlace } from '../provisioner/inventory/host-choice.ts';
import type { Place, Skipped } from '../provisioner/inventory/places.ts';
import type { PlaceChoice } from '../provisioner/volume-place.ts';
import { claimAnnotations } from '../volume/annotations.ts';
import { keyOf } from '../volume/object-key.ts';
import type { Claim } from '../volume/objects.ts';
import type { HostFacts } from './host-facts.ts';
import { Patience } from './patience.ts';

/** The hosts were not looked at yet, moments after the start: soon they are. */
export class HostsNotSurveyedError extends ProvisionerError {
  readonly code = 'HOSTS_NOT_SURVEYED';
  readonly retry = 'backoff';
}

/** How long a choice waits for hosts that were never looked at. */
const patienceMs = 2000;

/** How long a claim is kept from a place that refused it. */
const refusalMs = 60_000;

interface Placing {
  readonly uid: string;
  place: Place | undefined;
  skipped: readonly Skipped[];
  /** An attempt, maybe of an earlier process, may have left a dataset there. */
  mayHaveLeft: boolean;
  readonly refusals: Map<string, { readonly reason: string; readonly untilMs: number }>;
}

/**
 * Where claims go that may go to several places. Chosen once for each claim, so that its retries meet what
 * an attempt left; recorded on the claim, so that a restart does too.
 */
export class Placements {
  readonly #placings = new Map<string, Placing>();
  /** When a place was given last, by class and place: a number that rises. */
  readonly #lastGiven = new Map<string, number>();
  /** With hosts that were never looked at. */
  readonly #patience: Patience;
  readonly #facts: HostFacts;
  readonly #clock: Clock;
  #given = 0;

  constructor(facts: HostFacts, clock: Clock) {
    this.#facts = facts;
    this.#clock = clock;
    this.#patience = new Patience(clock, patienceMs);
  }

  /** @throws HostsNotSurveyedError for the first moments after the start */
  choose(question: PlaceChoice): Choice {
    const { claim, places } = question;
    const placing = this.#placingOf(claim);
    const current = places.find((place) => isSame(place, placing.place));
    if (current !== undefined) return { place: current, skipped: placing.skipped };
    const recorded = places.find((place) => isRecorded(claim, place));
    if (recorded !== undefined && !placing.refusals.has(textOf(recorded))) {
      placing.mayHaveLeft = true;
      return this.#give(question, placing, { place: recorded, skipped: [] });
    }
    this.#requireSurveyed(places);
    return this.#give(question, placing, this.#chooseAnew(question, placing));
  }

  /** Whether the pool of a dataset lacks a device, as the last survey saw it. */
  isDegraded(host: string, dataset: string): boolean {
    return this.#facts.poolOf(host, dataset)?.health === 'DEGRADED';
  }

  /** The host that a claim was given to. */
  hostOf(claim: Claim): string | undefined {
    const placing = this.#placings.get(keyOf(claim));
    return placing?.uid === claim.metadata.uid ? placing.place?.host : undefined;
  }

  /** What to write on the claim before anything is created; undefined: it is there already. */
  recordFor(claim: Claim): string | undefined {
    const place = this.#placings.get(keyOf(claim))?.place;
    return place === undefined || isRecorded(claim, place) ? undefined : textOf(place);
  }

  mayHaveLeft(claim: Claim): boolean {
    return this.#placings.get(keyOf(claim))?.mayHaveLeft ?? true;
  }

  /** An attempt at its place ended, and nobody knows what it left. */
  leftSomething(claim: Claim): void {
    const placing = this.#placings.get(keyOf(claim));
    if (placing !== undefined) placing.mayHaveLeft = true;
  }

  /**
   * Its place cannot take it, and nothing of it is there: another place is chosen next.
   * @param isUnreached the host was never reached: nobody else need find that out
   */
  refuse(claim: Claim, reason: string, { isUnreached }: { readonly isUnreached: boolean }): void {
    const placing = this.#placings.get(keyOf(claim));
    if (placing?.place === undefined) return;
    if (isUnreached) this.#facts.unreachable(placing.place.host);
    const untilMs = this.#clock.monotonicMs() + refusalMs;
    placing.refusals.set(textOf(placing.place), { reason, untilMs });
    placing.place = undefined;
    placing.mayHaveLeft = false;
    this.#facts.takeBack(placing.uid);
  }

  /**
   * Its dataset is there, so it stays at its place, whatever becomes of writing its volume. What is known of the claim
   * is not needed any more once that is done.
   */
  made(claim: Claim): void {
    this.leftSomething(claim);
    this.#facts.made(claim.metadata.uid);
  }

  /** The claim of that key is provisioned, or gone. */
  forget(key: string, { isMade }: { readonly isMade: boolean }): void {
    const placing = this.#placings.get(key);
    if (placing === undefined) return;
    if (isMade) this.#facts.made(placing.uid);
    else this.#facts.takeBack(placing.uid);
    this.#placings.delete(key);
  }

  #placingOf(claim: Claim): Placing {
    const key = keyOf(claim);
    const { uid } = claim.metadata;
    const known = this.#placings.get(key);
    if (known?.uid === uid) return known;
    this.forget(key, { isMade: false });
    const placing: Placing = {
      uid,
      place: undefined,
      skipped: [],
      mayHaveLeft: false,
      refusals: new Map(),
    };
    this.#placings.set(key, placing);
    return placing;
  }

  #requireSurveyed(places: readonly Place[]): void {
    for (const { host } of places) {
      if (this.#facts.isSettled(host)) this.#patience.forget(host);
      else if (!this.#patience.isOver(host)) {
        throw new HostsNotSurveyedError(`${host} was not looked at yet`);
      }
    }
  }

  #chooseAnew({ className, rule, places, neededBytes }: PlaceChoice, placing: Placing): Choice {
    const nowMs = this.#clock.monotonicMs();
    for (const [key, { untilMs }] of placing.refusals) {
      if (untilMs <= nowMs) placing.refusals.delete(key);
    }
    const open = places.filter((place) => !placing.refusals.has(textOf(place)));
    // Refused everywhere: it starts anew with all of them.
    if (open.length === 0) placing.refusals.clear();
    const choice = choosePlace({
      rule,
      neededBytes,
      places: open.length > 0 ? open : places,
      factsOf: (place) => this.#facts.of(place),
      lastGivenOf: (place) => this.#lastGiven.get(`${className} ${textOf(place)}`) ?? 0,
    });
    const refused = places.flatMap((place) => {
      const reason = placing.refusals.get(textOf(place))?.reason;
      return reason === undefined ? [] : [{ host: place.host, reason }];
    });
    return { place: choice.place, skipped: [...refused, ...choice.skipped] };
  }

  #give({ claim, className, sizeBytes }: PlaceChoice, placing: Placing, choice: Choice): Choice {
    const { place, skipped } = choice;
    this.#facts.takeBack(claim.metadata.uid);
    placing.place = place;
    placing.skipped = skipped;
    if (place === undefined) return choice;
    this.#facts.give(claim.metadata.uid, place, sizeBytes);
    this.#lastGiven.set(`${className} ${textOf(place)}`, ++this.#given);
    return choice;
  }
}

/** `host/parent/dataset`: no host's name has a slash. */
function textOf({ host, parentDataset }: Place): string {
  return `${host}/${parentDataset}`;
}

function isRecorded({ metadata }: Claim, place: Place): boolean {
  return metadata.annotations?.[claimAnnotations.host] === textOf(place);
}

function isSame(a: Place, b: Place | undefined): boolean {
  return b !== undefined && textOf(a) === textOf(b);
}
