import type { Fit } from './slope.ts';

/** What the process held, fitted over the claims that had lived by then: slopes are per claim. */
export interface Held {
  readonly heap: Fit;
  readonly handles: Fit;
  readonly sockets: Fit;
  /** Events that were written for each claim. */
  readonly eventsPerCycle: number;
  /** Events that were written before the first sample. */
  readonly eventsBefore: number;
}

/** Of src/kube/event-correlator.ts: an event more, and the oldest is forgotten. */
const rememberedEvents = 4096;
/** Three keys, each with a message of at most 1 KiB; and the event itself, where the API server is slow to take it. */
const bytesPerRememberedEvent = 4 * 1024;
/** Less than what is kept of one claim: a leak of anything that belongs to a claim is more. */
const unseenBytes = 512;
/** A handle or a socket that is left open once in ten claims is seen. */
const unseenHandles = 0.1;

/**
 * What grows with each claim, for certain, by more than it may; and what was sampled too little to tell. While
 * fewer events are remembered than ever will be, they may grow.
 */
export function findGrowth({ heap, handles, sockets, ...events }: Held): readonly string[] {
  const areFull = events.eventsBefore >= rememberedEvents;
  const allowance = areFull ? 0 : events.eventsPerCycle * bytesPerRememberedEvent;
  const mayGrow = unseenBytes + allowance;
  return [
    ...judge('the heap', heap, mayGrow, 'bytes'),
    ...judge('handles', handles, unseenHandles, 'handles'),
    ...judge('sockets', sockets, unseenHandles, 'sockets'),
  ];
}

function judge(what: string, { slope, slopeError }: Fit, mayGrow: number, unit: string): string[] {
  const measured = `by ${slope.toFixed(2)} ± ${slopeError.toFixed(2)} ${unit} with each claim`;
  if (slope - slopeError > mayGrow) {
    return [`${what}: grows ${measured}, and may by ${mayGrow.toFixed(2)}`];
  }
  if (slopeError > Math.max(mayGrow, Math.abs(slope))) {
    return [`${what}: grows ${measured}: that tells nothing, sample it for longer`];
  }
  return [];
}
