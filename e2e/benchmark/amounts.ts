/** How much of everything is done; what is told names these. */
export interface Amounts {
  /** Each contestant is started afresh so often, in turns. */
  readonly rounds: number;
  /** Claims made and deleted one by one, in each round. */
  readonly singles: number;
  /** Claims grown one by one, in each round; and by a peer, which may look every so often only. */
  readonly growths: number;
  readonly peerGrowths: number;
  /** Claims at once. */
  readonly burst: number;
  /** A peer may take a minute for it: in so many rounds only. */
  readonly peerBursts: number;
  /** Nearly a thousand at once; 0 for none. Of a peer only with `isPeerPatient`. */
  readonly largeBurst: number;
  readonly isPeerPatient: boolean;
  /** At once over three hosts. */
  readonly hostsBurst: number;
  /** At once to a host that is far away. */
  readonly distantBurst: number;
  /** Milliseconds there and back. */
  readonly distancesMs: readonly number[];
  readonly idleS: number;
  /** How many volumes there are when memory and start are measured. */
  readonly volumes: readonly number[];
  /** Starts with so many volumes. */
  readonly starts: number;
}

export const usualAmounts: Amounts = {
  rounds: 2,
  singles: 15,
  growths: 15,
  peerGrowths: 1,
  burst: 200,
  peerBursts: 1,
  // zfs-fuse mounts a thousand file systems at most, those of the bench included, and lets go of them slowly.
  largeBurst: 950,
  isPeerPatient: false,
  hostsBurst: 150,
  distantBurst: 100,
  distancesMs: [20, 100],
  idleS: 60,
  volumes: [1000, 10_000],
  starts: 2,
};

/** To see that it works; figures of it say little. */
export const quickAmounts: Amounts = {
  ...usualAmounts,
  rounds: 1,
  singles: 5,
  growths: 5,
  burst: 50,
  largeBurst: 0,
  hostsBurst: 30,
  distantBurst: 20,
  idleS: 10,
  volumes: [1000],
  starts: 1,
};
