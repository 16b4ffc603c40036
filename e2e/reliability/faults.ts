/** The two sides of the fault matrix. Its cells are their product; docs/reliability.md prints what became of each. */

/** What the provisioner does on a host. */
export const verbs = {
  create: 'create',
  adopt: 'adopt',
  grow: 'grow',
  destroy: 'destroy',
  trash: 'trash',
  share: 'share',
  scan: 'scan',
} as const;

export type Verb = keyof typeof verbs;

/** What may be wrong with a host, or between it and us. */
export const hostFaults = {
  'exit-code': 'a command fails with an exit code',
  'exit-code-done': 'a command does its work and says that it failed',
  'never-starts': 'the command never starts',
  'cut-before': 'the connection is cut before the command ran',
  'cut-during': 'the connection is cut while it runs',
  'cut-after': 'the connection is cut after it ran',
  deadline: 'its deadline passes while it runs',
  truncated: 'its output is truncated',
  garbled: 'its output is garbled',
  banner: 'a banner surrounds its output',
  locale: 'the host speaks another language',
  'host-key': 'the host key has changed',
  authentication: 'authentication is refused',
  'sudo-password': 'sudo asks for a password',
  'max-sessions': 'MaxSessions is reached',
  'sshd-restarts': 'sshd restarts',
  'shell-killed': 'the remote shell is killed (-9)',
  'provisioner-killed': 'the provisioner is killed (-9)',
} as const;

export type HostFault = keyof typeof hostFaults;

/** Codes of which at least one is told while the fault lasts; none where it does no harm. */
export const told: Readonly<Record<HostFault, readonly string[]>> = {
  'exit-code': ['COMMAND_FAILED'],
  'exit-code-done': [],
  'never-starts': ['HOST_UNREACHABLE'],
  'cut-before': ['OUTCOME_UNKNOWN', 'HOST_UNREACHABLE'],
  'cut-during': ['OUTCOME_UNKNOWN'],
  'cut-after': ['OUTCOME_UNKNOWN'],
  deadline: ['OUTCOME_UNKNOWN'],
  truncated: ['OUTPUT_UNREADABLE'],
  garbled: ['OUTPUT_UNREADABLE'],
  banner: [],
  locale: [],
  'host-key': ['HOST_KEY'],
  authentication: ['HOST_AUTHENTICATION'],
  'sudo-password': ['HOST_PERMISSION'],
  'max-sessions': ['HOST_UNREACHABLE'],
  'sshd-restarts': ['OUTCOME_UNKNOWN', 'HOST_UNREACHABLE'],
  'shell-killed': ['OUTCOME_UNKNOWN'],
  'provisioner-killed': [],
};

/** What may become of a write to the API. */
export const apiFaults = {
  none: 'the API server does what it is asked',
  'create-volume:conflict': 'PV create: 409 Conflict',
  'create-volume:taken': 'PV create: AlreadyExists, of another claim',
  'create-volume:5xx': 'PV create: 500, nothing stored',
  'create-volume:5xx-stored': 'PV create: 500 after it was stored',
  'create-volume:403': 'PV create: 403',
  'create-volume:no-answer': 'PV create: no answer, nothing stored',
  'create-volume:no-answer-stored': 'PV create: no answer after it was stored',
  'patch-status:conflict': 'claim status: the claim has changed',
  'patch-status:5xx-stored': 'claim status: 500 after it was stored',
  'patch-status:403': 'claim status: 403',
  'patch-status:no-answer': 'claim status: no answer',
  'patch-capacity:conflict': 'PV capacity: the PV has changed',
  'patch-capacity:5xx-stored': 'PV capacity: 500 after it was stored',
  'patch-capacity:no-answer': 'PV capacity: no answer',
  'delete-volume:5xx-stored': 'PV delete: 500 after it was stored',
  'delete-volume:403': 'PV delete: 403',
  'delete-volume:no-answer': 'PV delete: no answer',
  'remove-finalizer:gone': 'finalizer removal: the PV is gone',
  'remove-finalizer:conflict': 'finalizer removal: the PV has changed',
  'remove-finalizer:5xx-stored': 'finalizer removal: 500 after it was stored',
} as const;

export type ApiFault = keyof typeof apiFaults;

const writes: Readonly<Record<Verb, readonly string[]>> = {
  create: ['create-volume'],
  adopt: ['create-volume'],
  grow: ['patch-status', 'patch-capacity'],
  destroy: ['delete-volume', 'remove-finalizer'],
  trash: ['delete-volume', 'remove-finalizer'],
  share: [],
  scan: [],
};

/** Faults of the writes that a verb makes, `none` first. */
export function apiFaultsOf(verb: Verb): readonly ApiFault[] {
  const all = Object.keys(apiFaults) as ApiFault[];
  return all.filter(
    (fault) => fault === 'none' || writes[verb].some((write) => fault.startsWith(`${write}:`)),
  );
}

export const allVerbs = Object.keys(verbs) as readonly Verb[];
export const allHostFaults = Object.keys(hostFaults) as readonly HostFault[];
