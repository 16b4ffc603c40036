import type { Random } from './random.ts';

interface OnHost {
  readonly host: string;
}

interface OnZfs extends OnHost {
  /** First argument of zfs. */
  readonly verb: string;
}

/** One thing that goes wrong. Times in seconds. */
export type Fault =
  /** The next such zfs command fails; with `afterRunning` it has done its work all the same. */
  | (OnZfs & {
      readonly what: 'zfs fails';
      readonly exitCode: number;
      readonly stderr: string;
      readonly afterRunning: boolean;
    })
  | (OnZfs & {
      readonly what: 'zfs is slow';
      readonly seconds: number;
      readonly when: 'before' | 'after';
    })
  | (OnZfs & { readonly what: 'cut while zfs runs'; readonly when: 'before' | 'after' })
  /** It says that all is well, and nothing is exported. */
  | (OnZfs & { readonly what: 'zfs lies about sharing' })
  | (OnHost & { readonly what: 'connections cut' })
  | (OnHost & { readonly what: 'connections silent'; readonly seconds: number })
  | (OnHost & { readonly what: 'sshd restarts'; readonly seconds: number })
  | (OnHost & { readonly what: 'host frozen'; readonly seconds: number })
  | { readonly what: 'leader killed' }
  | { readonly what: 'standby killed' }
  | { readonly what: 'leader told to stop' }
  /** SIGSTOP for so long that another leads meanwhile, then SIGCONT. */
  | { readonly what: 'leader suspended'; readonly seconds: number }
  | { readonly what: 'API server restarts'; readonly seconds: number }
  | (OnApi & { readonly what: 'API fails'; readonly status: number; readonly after: boolean })
  | (OnApi & { readonly what: 'API call cut'; readonly after: boolean })
  | { readonly what: 'API connections cut' }
  | { readonly what: 'watches silent' };

interface OnApi {
  readonly method: ApiMethod;
  readonly path: string;
}

export type ApiMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Of a thousand. What takes long, or takes everything down, is rare. */
const weights: Readonly<Record<Fault['what'], number>> = {
  'zfs fails': 240,
  'zfs is slow': 170,
  'cut while zfs runs': 130,
  'zfs lies about sharing': 40,
  'connections cut': 90,
  'connections silent': 40,
  'sshd restarts': 30,
  'host frozen': 15,
  'leader killed': 24,
  'standby killed': 6,
  'leader told to stop': 10,
  'leader suspended': 4,
  'API server restarts': 9,
  'API fails': 110,
  'API call cut': 70,
  'API connections cut': 10,
  'watches silent': 2,
};

const verbs = { create: 40, get: 25, destroy: 25, set: 8, list: 2 };
/** What share and mount are asked for is done by create; a lie shows there. */
const sharingVerbs = ['create', 'share'];

const complaints = [
  'internal error: out of memory',
  'cannot open /dev/zfs: Device or resource busy',
  'internal error: Input/output error',
  'sudo: unable to allocate memory',
  '',
];

/** Requests of the provisioner that matter. Methods and paths as the proxy sees them. */
const apiTargets: readonly OnApi[] = [
  { method: 'POST', path: '/persistentvolumes$' },
  { method: 'POST', path: '/persistentvolumes$' },
  { method: 'PATCH', path: '/persistentvolumes/' },
  { method: 'DELETE', path: '/persistentvolumes/' },
  { method: 'GET', path: '/persistentvolumes/' },
  { method: 'PATCH', path: '/persistentvolumeclaims/' },
  { method: 'GET', path: '/persistentvolumeclaims[?]' },
];

/** Only a write can meet a conflict. */
const statusesOf = ({ method }: OnApi): readonly number[] =>
  method === 'GET' ? [429, 500, 503, 504] : [409, 429, 500, 503, 504];

/** Throws the same dice whatever comes of them, so that a change of one fault changes no other. */
export function chooseFault(random: Random, hosts: readonly string[]): Fault {
  const what = random.pickWeighted(weights);
  const dice: Dice = {
    host: random.pick(hosts),
    verb: random.pickWeighted(verbs),
    sharingVerb: random.pick(sharingVerbs),
    exitCode: random.pick([1, 1, 2, 137, 255]),
    stderr: random.pick(complaints),
    after: random.happens(0.5),
    target: random.pick(apiTargets),
    luck: random.next(),
  };
  return makers[what](dice);
}

interface Dice {
  readonly host: string;
  readonly verb: string;
  readonly sharingVerb: string;
  readonly exitCode: number;
  readonly stderr: string;
  readonly after: boolean;
  readonly target: OnApi;
  /** Uniform in [0, 1). */
  readonly luck: number;
}

const seconds = ({ luck }: Dice, from: number, to: number): number =>
  Math.round((from + luck * (to - from)) * 10) / 10;

const whenOf = ({ after }: Dice): 'before' | 'after' => (after ? 'after' : 'before');

const makers: { readonly [What in Fault['what']]: (dice: Dice) => Fault & { what: What } } = {
  'zfs fails': ({ host, verb, exitCode, stderr, after }) => ({
    ...{ what: 'zfs fails', host, verb, exitCode, stderr, afterRunning: after },
  }),
  'zfs is slow': (dice) => ({
    ...{ what: 'zfs is slow', host: dice.host, verb: dice.verb },
    ...{ when: whenOf(dice), seconds: seconds(dice, 0.2, 3) },
  }),
  'cut while zfs runs': (dice) => ({
    ...{ what: 'cut while zfs runs', host: dice.host, verb: dice.verb, when: whenOf(dice) },
  }),
  'zfs lies about sharing': ({ host, sharingVerb }) => ({
    ...{ what: 'zfs lies about sharing', host, verb: sharingVerb },
  }),
  'connections cut': ({ host }) => ({ what: 'connections cut', host }),
  'connections silent': (dice) => ({
    ...{ what: 'connections silent', host: dice.host, seconds: seconds(dice, 0.3, 4) },
  }),
  'sshd restarts': (dice) => ({
    ...{ what: 'sshd restarts', host: dice.host, seconds: seconds(dice, 0, 2) },
  }),
  'host frozen': (dice) => ({
    ...{ what: 'host frozen', host: dice.host, seconds: seconds(dice, 1, 6) },
  }),
  'leader killed': () => ({ what: 'leader killed' }),
  'standby killed': () => ({ what: 'standby killed' }),
  'leader told to stop': () => ({ what: 'leader told to stop' }),
  'leader suspended': (dice) => ({ what: 'leader suspended', seconds: seconds(dice, 16, 20) }),
  'API server restarts': (dice) => ({ what: 'API server restarts', seconds: seconds(dice, 0, 2) }),
  'API fails': ({ target, luck, after }) => {
    const statuses = statusesOf(target);
    const status = statuses[Math.floor(luck * statuses.length)] ?? 500;
    return { what: 'API fails', ...target, status, after };
  },
  'API call cut': ({ target, after }) => ({ what: 'API call cut', ...target, after }),
  'API connections cut': () => ({ what: 'API connections cut' }),
  'watches silent': () => ({ what: 'watches silent' }),
};
