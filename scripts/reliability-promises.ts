interface Promised {
  readonly promise: string;
  /** Files of e2e/scenarios/, without the ending. */
  readonly scenarios: readonly string[];
}

/** Written by hand; the page refuses scenarios that there are not. */
export const promises: readonly Promised[] = [
  {
    promise:
      'Whatever fails on the way, a claim ends with one dataset and one volume, or with none',
    scenarios: [
      'fault-matrix-commands',
      'fault-matrix-sessions',
      'fault-matrix-connections',
      'fault-matrix-api',
      'chaos',
    ],
  },
  {
    promise: '`kill -9` of the provisioner at any moment loses and doubles nothing',
    scenarios: ['crash', 'growth-crash', 'fault-matrix-commands', 'chaos'],
  },
  {
    promise: 'A dataset is destroyed only when its own properties prove whose it is',
    scenarios: [
      'wrong-dataset',
      'wrong-dataset-host',
      'wrong-dataset-identity',
      'wrong-dataset-volume',
      'wrong-dataset-etcd',
      'openzfs-wrong-dataset',
    ],
  },
  {
    promise: 'Deletions of many volumes at once stop and ask',
    scenarios: ['destroy-guard'],
  },
  {
    promise: 'What was deleted with `onDelete: trash` can be had back until it expires',
    scenarios: ['trash', 'openzfs-trash'],
  },
  {
    promise: 'Orphans, missing datasets and drift are found, and repaired where a setting says so',
    scenarios: ['orphans', 'drift', 'openzfs-drift'],
  },
  {
    promise: 'A host that is dead, silent or hung is noticed and holds up no other',
    scenarios: ['hosts-cut', 'hosts-frozen', 'hosts-half-open', 'hosts-hung', 'hosts-crowd'],
  },
  {
    promise: 'A pool that is suspended or read-only is told of, and takes no claims',
    scenarios: ['openzfs-pool', 'openzfs-suspended'],
  },
  {
    promise: 'A leader that is stopped or killed is followed by another; two never work at once',
    scenarios: ['replicas', 'replicas-renewal'],
  },
  {
    promise: 'A watch that goes silent is noticed, and what happened meanwhile is made up for',
    scenarios: ['watch-silent', 'api-server'],
  },
  {
    promise: 'The process lives for months without growing, and says how it ends',
    scenarios: ['soak', 'process-ends'],
  },
];
