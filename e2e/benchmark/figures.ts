import type { Amounts } from './amounts.ts';

export type Unit = 'ms' | 's' | 'MB' | 'per second' | 'count' | 'times';

/** What a figure is, and what it ought to be. */
export interface Figure {
  readonly label: (amounts: Amounts) => string;
  readonly unit: Unit;
  readonly better: 'less' | 'more';
  /** Of the median. */
  readonly target?: { readonly text: string; readonly isMet: (median: number) => boolean };
}

const named = (text: string) => (): string => text;

function under(limit: number, unit = ''): NonNullable<Figure['target']> {
  return { text: `under ${limit}${unit}`, isMet: (median) => median < limit };
}

function over(limit: number): NonNullable<Figure['target']> {
  return { text: `over ${limit}`, isMet: (median) => median > limit };
}

function atMost(limit: number): NonNullable<Figure['target']> {
  return { text: `at most ${limit}`, isMet: (median) => median <= limit };
}

const milliseconds = { unit: 'ms', better: 'less' } as const;
const seconds = { unit: 's', better: 'less' } as const;
const counted = { unit: 'count', better: 'less' } as const;
const memory = { unit: 'MB', better: 'less' } as const;
const rate = { unit: 'per second', better: 'more' } as const;

const fewer = ({ volumes }: Amounts): string => (volumes.at(-2) ?? 0).toLocaleString('en');
const many = ({ volumes }: Amounts): string => (volumes.at(-1) ?? 0).toLocaleString('en');

/** All that is measured, in the order in which it is told. */
export const figures = {
  startToBound: { label: named('start of the process to the first claim bound'), ...milliseconds },
  annotationToVolume: {
    label: named('annotation of a claim to its volume created'),
    ...milliseconds,
    target: under(60, ' ms'),
  },
  createdToBound: { label: named('claim created to bound'), ...milliseconds },
  remoteCreate: {
    label: named('its remote part (a bare `zfs create`: last row)'),
    ...milliseconds,
  },
  remoteToBare: {
    label: named('the remote part, as times the bare `zfs create`'),
    unit: 'times',
    better: 'less',
    target: atMost(1.3),
  },
  growth: {
    label: named('growth: larger request to the claim’s status'),
    ...milliseconds,
    target: under(150, ' ms'),
  },
  deletion: { label: named('claim deleted to its volume gone'), ...milliseconds },
  execsPerCreate: { label: named('remote execs per create'), ...counted, target: atMost(1) },
  execsPerGrowth: { label: named('remote execs per growth'), ...counted, target: atMost(1) },
  execsPerDelete: { label: named('remote execs per delete'), ...counted, target: atMost(1) },
  callsPerCreate: {
    label: ({ burst }) => `API calls per create, of ${burst} at once`,
    ...counted,
    target: atMost(3),
  },
  callsPerDelete: {
    label: ({ burst }) => `API calls per delete, of ${burst} at once`,
    ...counted,
    target: atMost(4),
  },
  burstRate: { label: ({ burst }) => `${burst} claims at once: bound`, ...rate, target: over(25) },
  execsPerBurst: {
    label: ({ burst }) => `remote execs per create, of ${burst} at once`,
    ...counted,
    target: atMost(1),
  },
  deletionRate: {
    label: ({ burst }) => `${burst} deletes at once: gone`,
    ...rate,
    target: over(20),
  },
  largeBurstRate: {
    label: ({ largeBurst }) => `${largeBurst.toLocaleString('en')} claims at once: bound`,
    ...rate,
  },
  hostsRate: {
    label: ({ hostsBurst }) => `${hostsBurst} claims at once over three hosts: bound`,
    ...rate,
  },
  nearRate: {
    label: ({ distantBurst, distancesMs: [near = 0] }) =>
      `${distantBurst} claims at once, host ${near} ms away: bound`,
    ...rate,
  },
  farRate: {
    label: ({ distantBurst, distancesMs: [, far = 0] }) =>
      `${distantBurst} claims at once, host ${far} ms away: bound`,
    ...rate,
    target: { text: 'at least 40', isMet: (median: number) => median >= 40 },
  },
  cpuPerThousand: { label: named('CPU per 1,000 claims'), ...seconds, target: under(6, ' s') },
  idleCalls: { label: named('idle: API calls a minute'), ...counted, target: atMost(40) },
  idleGets: { label: named('idle: GETs a minute'), ...counted, target: atMost(0) },
  idleExecs: { label: named('idle: remote execs a minute'), ...counted },
  idleCpu: { label: named('idle: CPU a minute'), ...seconds },
  idleCallsMany: {
    label: (amounts) => `idle with ${many(amounts)} volumes: API calls a minute`,
    ...counted,
  },
  memoryAtStart: {
    label: named('memory (RSS) after the start'),
    ...memory,
    target: under(80, ' MB'),
  },
  memoryFewer: { label: (amounts) => `memory with ${fewer(amounts)} volumes`, ...memory },
  memoryMany: {
    label: (amounts) => `memory with ${many(amounts)} volumes`,
    ...memory,
    target: under(150, ' MB'),
  },
  peakMany: { label: (amounts) => `its peak with ${many(amounts)} volumes`, ...memory },
  startFewer: {
    label: (amounts) => `start with ${fewer(amounts)} volumes to the first claim bound`,
    ...milliseconds,
  },
  startMany: {
    label: (amounts) => `start with ${many(amounts)} volumes to the first claim bound`,
    ...milliseconds,
    target: under(2000, ' ms'),
  },
  controlPlaneRate: {
    label: ({ burst }) =>
      `${burst} claims at once, a volume written for each and nothing else: bound`,
    ...rate,
  },
  leastRate: {
    label: ({ burst }) =>
      `${burst} claims at once, a bare \`sudo zfs create\` and a volume for each: bound`,
    ...rate,
  },
  bareCreate: {
    label: named('`sudo zfs create` over an open OpenSSH connection'),
    ...milliseconds,
  },
} as const satisfies Readonly<Record<string, Figure>>;

export type FigureName = keyof typeof figures;
