import { setting } from './documented.ts';
import { duration, trueOrFalse, wholeNumber } from './kinds.ts';

const seconds = (n: number): number => n * 1000;

/** How the work is done: how much at once, how often, how patiently. */
export const workVariables = {
  ZFS_WORKERS: setting(wholeNumber(1, 64), {
    default: '8',
    example: '4',
    description: 'Claims and volumes worked on at once, per host.',
  }),
  ZFS_WAITING_NOTICE: setting(duration({ minMs: seconds(1) }), {
    default: '30s',
    example: '10s',
    description: 'A claim that waits for its host is told so by an event within this time.',
  }),
  ZFS_ORPHAN_GRACE: setting(duration({ minMs: seconds(1) }), {
    default: '10m',
    example: '1h',
    description: 'Age below which a dataset without claim and volume is left alone.',
  }),
  ZFS_DELAY_CAPACITY: setting(trueOrFalse(), {
    default: 'false',
    example: 'true',
    description: "Grown claims: raise the volume's capacity only once no pod uses the claim.",
  }),
  ZFS_SHUTDOWN_GRACE: setting(duration({ minMs: 1, zero: 'not at all' }), {
    default: '10s',
    example: '25s',
    description: 'How long running work may end after SIGTERM.',
  }),
  ZFS_USAGE_INTERVAL: setting(duration({ minMs: seconds(1), zero: 'only at the start' }), {
    default: '60s',
    example: '5m',
    description: 'How often the sizes of pools and volumes are read, with one command per host.',
  }),
  ZFS_USAGE_MAX_VOLUMES: setting(wholeNumber(0, 100_000), {
    default: '1000',
    example: '200',
    description: 'Volumes that have metrics of their own; the oldest come first.',
  }),
};
