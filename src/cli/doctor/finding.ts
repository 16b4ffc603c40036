export const states = ['ok', 'warn', 'fail', 'skipped'] as const;
export type State = (typeof states)[number];

/** The checks, in the order in which they are told. docs/doctor.md says what each looks at. */
export const clusterChecks = [
  'settings',
  'hosts-file',
  'api',
  'rights',
  'lease',
  'account',
  'class',
] as const;
export const hostChecks = [
  'tcp',
  'host-key',
  'login',
  'sessions',
  'shell',
  'clock',
  'sudo',
  'zfs',
  'tools',
  'pool',
  'parent',
  'nfs',
  'exports',
] as const;
export const checks = [...clusterChecks, ...hostChecks] as const;
export type Check = (typeof checks)[number];

/** How one check ended. */
export interface Finding {
  /** `cluster`, or the name of a host. */
  readonly where: string;
  readonly check: Check;
  /** Of several of a kind: the class, the pool, the parent. */
  readonly subject?: string | undefined;
  readonly state: State;
  /** What was seen; of a check that was skipped, why it was. */
  readonly seen: string;
  /** What to do; undefined: nothing. */
  readonly todo?: string | undefined;
  /** Of docs/errors.md, where the provisioner would fail with it. */
  readonly code?: string | undefined;
}

type Said = Pick<Finding, 'seen' | 'todo' | 'code' | 'subject'>;

/** Findings of one place. */
export interface Findings {
  readonly ok: (check: Check, seen: string, subject?: string) => Finding;
  readonly warn: (check: Check, said: Said) => Finding;
  readonly fail: (check: Check, said: Said) => Finding;
  readonly skipped: (check: Check, why: string, subject?: string) => Finding;
}

export function findingsAt(where: string): Findings {
  return {
    ok: (check, seen, subject) => ({ where, check, state: 'ok', seen, subject }),
    warn: (check, said) => ({ where, check, state: 'warn', ...said }),
    fail: (check, said) => ({ where, check, state: 'fail', ...said }),
    skipped: (check, why, subject) => ({ where, check, state: 'skipped', seen: why, subject }),
  };
}
