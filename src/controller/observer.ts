import type { ReasonedEvent } from './event-reasons.ts';

/** What the reconcilers count; but for growth the metrics of sig-storage-lib-external-provisioner. */
export interface ClaimObserver {
  readonly provisionSucceeded: (labels: ClaimLabels, durationMs: number) => void;
  readonly provisionFailed: (labels: ClaimLabels) => void;
}

export interface ClaimLabels {
  readonly class: string;
  /** Kind of the claim's data source, or empty. */
  readonly source: string;
}

export interface VolumeObserver {
  readonly deleteSucceeded: (labels: { readonly class: string }, durationMs: number) => void;
  readonly deleteFailed: (labels: { readonly class: string }) => void;
}

export interface GrowthObserver {
  readonly growthSucceeded: (labels: { readonly class: string }, durationMs: number) => void;
  readonly growthFailed: (labels: { readonly class: string }) => void;
}

/** What an Event is about. */
export interface EventTarget {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion?: string;
}

export interface EventSink {
  /** Never blocks and never fails. */
  record(target: EventTarget, event: ReasonedEvent): void;
}
