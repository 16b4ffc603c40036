/** Every reason of an Event that we write, with what it means: docs/events.md is made of this. */
type About = 'PersistentVolumeClaim' | 'PersistentVolume' | 'StorageClass' | 'Lease';

interface ReasonDescription {
  readonly type: 'Normal' | 'Warning';
  readonly about: readonly About[];
  readonly meaning: string;
}

const claim = ['PersistentVolumeClaim'] as const;
const volume = ['PersistentVolume'] as const;
const storageClass = ['StorageClass'] as const;

export const eventReasons = {
  Provisioning: {
    ...{ type: 'Normal', about: claim },
    meaning: 'Its volume is being made, and not there within five seconds. Told once.',
  },
  ProvisioningSucceeded: {
    ...{ type: 'Normal', about: claim },
    meaning: 'Its volume is there.',
  },
  ProvisioningFailed: {
    ...{ type: 'Warning', about: claim },
    meaning:
      'What went wrong, and what to do; the code at its end is explained in [errors.md](errors.md), which tells when it is tried again. ' +
      'Also: the pod is scheduled again, since its node cannot have the volume.',
  },
  WaitingForHost: {
    ...{ type: 'Warning', about: ['PersistentVolumeClaim', 'PersistentVolume'] },
    meaning: 'The storage host is busy or does not answer. It goes on by itself.',
  },
  UnknownParameter: {
    ...{ type: 'Warning', about: claim },
    meaning:
      'The class or the claim says something that is not obeyed. The volume is made all the same.',
  },
  ExternalPopulator: {
    ...{ type: 'Normal', about: claim },
    meaning: 'Not provisioned, since the claim asks for data that somebody else has to put there.',
  },
  HostsSkipped: {
    ...{ type: 'Normal', about: claim },
    meaning: 'Which host was chosen of several, and why others were not.',
  },
  ExportsUnchecked: {
    ...{ type: 'Warning', about: claim },
    meaning:
      'The volume is shared, and with whom cannot be seen on the host ([sharing.md](sharing.md)).',
  },
  PoolDegraded: {
    ...{ type: 'Warning', about: ['PersistentVolumeClaim', 'StorageClass'] },
    meaning: 'A device of the pool is missing. Volumes are made there all the same.',
  },
  Resizing: {
    ...{ type: 'Normal', about: claim },
    meaning: 'Its volume is being grown. Told once.',
  },
  VolumeResizeSuccessful: {
    ...{ type: 'Normal', about: claim },
    meaning: 'Dataset, volume and claim have the new size.',
  },
  VolumeResizeFailed: {
    ...{ type: 'Warning', about: claim },
    meaning: 'It keeps what it has; the message tells why, and it is tried again.',
  },
  VolumeLargerThanAsked: {
    ...{ type: 'Normal', about: claim },
    meaning: 'The dataset may hold more than is asked for, and stays so: nothing is shrunk.',
  },
  VolumeDelete: {
    ...{ type: 'Normal', about: volume },
    meaning: 'Its dataset was destroyed, or was not there any more.',
  },
  VolumeTrashed: {
    ...{ type: 'Normal', about: volume },
    meaning:
      'Its dataset is in the trash; the message has the command that brings it back ([trash.md](trash.md)).',
  },
  VolumeRetained: {
    ...{ type: 'Normal', about: volume },
    meaning: 'Its dataset stays as it is, as the class says (`onDelete: retain`).',
  },
  VolumeFailedDelete: {
    ...{ type: 'Warning', about: volume },
    meaning: 'Its dataset is still there; the message tells what keeps it, and it is tried again.',
  },
  DestroyHeld: {
    ...{ type: 'Warning', about: volume },
    meaning:
      'Too many volumes were to be destroyed at once: this one waits for a person ([safety.md](safety.md)).',
  },
  VolumeDrift: {
    ...{ type: 'Warning', about: volume },
    meaning: 'Its dataset is not as promised; the message has the remedy ([drift.md](drift.md)).',
  },
  DatasetMissing: {
    ...{ type: 'Warning', about: volume },
    meaning: 'There is no dataset that is provably its own. The message tells where it may be.',
  },
  VolumeDriftHealed: {
    ...{ type: 'Normal', about: volume },
    meaning: 'What VolumeDrift or DatasetMissing told is over.',
  },
  VolumeRepaired: {
    ...{ type: 'Normal', about: volume },
    meaning: 'A drift was repaired, as ZFS_AUTO_REPAIR asks for.',
  },
  VolumeRepairFailed: {
    ...{ type: 'Warning', about: volume },
    meaning: 'A drift could not be repaired; the message tells why.',
  },
  HostGivenUp: {
    ...{ type: 'Warning', about: storageClass },
    meaning:
      'A storage host of the class does not answer. It is tried again at least once a minute.',
  },
  HostAnswers: {
    ...{ type: 'Normal', about: storageClass },
    meaning: 'It answers again.',
  },
  PoolSuspended: {
    ...{ type: 'Warning', about: storageClass },
    meaning: 'ZFS has stopped all writing to the pool. Nothing is made, grown or deleted there.',
  },
  PoolFaulted: {
    ...{ type: 'Warning', about: storageClass },
    meaning: 'As PoolSuspended: the pool cannot be used.',
  },
  PoolUnavail: {
    ...{ type: 'Warning', about: storageClass },
    meaning: 'As PoolSuspended: devices are missing without which the pool cannot be opened.',
  },
  PoolUnwell: {
    ...{ type: 'Warning', about: storageClass },
    meaning: 'The pool is in another state than ONLINE, which the message names.',
  },
  PoolOnline: {
    ...{ type: 'Normal', about: storageClass },
    meaning: 'The pool is well again.',
  },
  LeaderElection: {
    ...{ type: 'Normal', about: ['Lease'] },
    meaning: 'A replica began or ceased to lead.',
  },
} as const satisfies Readonly<Record<string, ReasonDescription>>;

export type EventReason = keyof typeof eventReasons;

export interface ReasonedEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  readonly message: string;
}

export function eventOf(reason: EventReason, message: string): ReasonedEvent {
  return { type: eventReasons[reason].type, reason, message };
}

const poolReasons: Readonly<Partial<Record<string, EventReason>>> = {
  ONLINE: 'PoolOnline',
  DEGRADED: 'PoolDegraded',
  SUSPENDED: 'PoolSuspended',
  FAULTED: 'PoolFaulted',
  UNAVAIL: 'PoolUnavail',
};

/** @param health as `zpool list -o health` tells it */
export function reasonOfHealth(health: string): EventReason {
  return poolReasons[health] ?? 'PoolUnwell';
}
