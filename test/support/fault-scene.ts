import type { ApiFault, HostFault, Verb } from '../../e2e/reliability/faults.ts';
import { told as toldOf } from '../../e2e/reliability/faults.ts';
import type { Cell, Outcome } from '../../e2e/reliability/results.ts';
import { ProvisionerError } from '../../src/errors.ts';
import {
  KubeConflictError,
  KubeForbiddenError,
  KubeUnavailableError,
} from '../../src/kube/api-error.ts';
import type { KubeApi } from '../../src/kube/kube-api.ts';
import type { Claim, NodeObject, Volume } from '../../src/volume/objects.ts';
import { aClaim, aClass, aNode, aVolume, instance } from './builders.ts';
import { aCreation } from './creation.ts';
import { settle } from './fake-clock.ts';
import { FakeKube } from './fake-kube.ts';
import { FakeZfs, remoteZfsOn } from './fake-zfs.ts';
import { FaultyHost } from './faulty-host.ts';
import { World } from './world.ts';

const parent = 'tank/k8s';
const volumeName = 'pvc-uid-data';
const dataset = `${parent}/${volumeName}`;
const gibibyte = 1024n ** 3n;
const minuteMs = 60_000;

/** Attempts that meet the fault before it is over. */
const attempts = 2;

/** One cell of the fault matrix: a claim, a storage host, an API server, and what happens to them. */
export class FaultScene {
  readonly #zfs = new FakeZfs('tank', parent);
  readonly #host = new FaultyHost(this.#zfs);
  readonly #remote = remoteZfsOn(this.#zfs, { runner: this.#host });
  readonly #told = new Set<string>();
  readonly #events: string[] = [];
  #kube = new FakeKube();
  #world: World | undefined;
  #api: ApiFault = 'none';
  #isKilled = false;

  /** @returns what became of it, once nothing changes any more; @throws what is wrong with that */
  async play(cell: Cell): Promise<Outcome> {
    try {
      await this.#prepare(cell.verb);
      if (cell.host !== 'none') this.#lay(cell.verb, cell.host);
      this.#api = cell.api;
      layApi(this.#kube, cell.api);
      await this.#act(cell.verb);
      const end = await this.#end(cell);
      this.#requireTold(cell);
      return { end, told: [...this.#told].sort() };
    } finally {
      await this.#world?.stop();
      this.#zfs.remove();
    }
  }

  async #prepare(verb: Verb): Promise<void> {
    const { classes, nodes } = this.#kube;
    this.#zfs.set(parent, { guid: '42' });
    const sharing = verb === 'share' ? { shareClients: '@nodes' } : {};
    classes.put(
      aClass({ parameters: { ...sharing, ...(verb === 'trash' && { onDelete: 'trash' }) } }),
    );
    nodes.put(nodeAt('first', '192.0.2.1'));
    if (verb === 'scan') await this.#leaveOrphan();
    if (verb === 'adopt') await this.#leaveAttempt();
    if (verb === 'create' || verb === 'scan' || verb === 'adopt') return;
    await this.#start();
    this.#kube.addClaim(aClaim());
    await this.#until('the volume is there', () => this.#kube.liveVolumes.size === 1);
    this.#bind();
    await this.#quiet();
  }

  /** What a process that was killed left for a claim that is gone. */
  async #leaveOrphan(): Promise<void> {
    const identity = { instance, clusterId: 'cluster-1', volumeName };
    await this.#remote.create(aCreation({ host: 'storage-1', dataset, identity }));
  }

  /** What a process that was killed left for a claim that still waits. */
  async #leaveAttempt(): Promise<void> {
    this.#lay('create', 'provisioner-killed');
    await this.#start();
    this.#kube.addClaim(aClaim());
    while (!this.#isKilled) await this.#quiet();
    await this.#quiet();
    this.#forgetWorld();
  }

  async #act(verb: Verb): Promise<void> {
    if (this.#world === undefined) await this.#start(verb === 'scan');
    if (verb === 'create') this.#kube.addClaim(aClaim());
    if (verb === 'grow') this.#change({ resources: { requests: { storage: '2Gi' } } });
    if (verb === 'share') this.#kube.nodes.put(nodeAt('second', '192.0.2.2'));
    if (verb === 'destroy' || verb === 'trash') this.#release();
  }

  async #end({ verb, api }: Cell): Promise<'one' | 'none'> {
    if (api === 'create-volume:taken') {
      await this.#until('it is told', () => this.#told.has('VOLUME_TAKEN'));
      requireOneEvent(this.#events, 'exists already');
      this.#kube.removeClaim(this.#claim());
    }
    const isNone = api === 'create-volume:taken' || ['destroy', 'trash', 'scan'].includes(verb);
    const problem = (): string | undefined => (isNone ? this.#leftOver(verb) : this.#missing(verb));
    await this.#until(isNone ? 'nothing is left' : 'it stands', problem);
    // And so it stays.
    for (let step = 0; step < 4; step++) await this.#step(5 * minuteMs);
    const later = problem();
    if (later !== undefined) throw new Error(`it did not last: ${later}`);
    return isNone ? 'none' : 'one';
  }

  /** What is wrong with one dataset and one volume, told by the files and the objects alone. */
  #missing(verb: Verb): string | undefined {
    const [size, bytes] = verb === 'grow' ? ['2Gi', 2n * gibibyte] : ['1Gi', gibibyte];
    const clients = verb === 'share' ? '192.0.2.1:192.0.2.2' : '';
    return wrongOf({ ...this.#ofDataset(bytes, clients), ...this.#ofVolume(size, verb) });
  }

  #ofDataset(bytes: bigint, clients: string): Readonly<Record<string, boolean>> {
    const zfs = this.#zfs;
    return {
      'one dataset': zfs.below(parent).join() === dataset,
      'its quota': zfs.property(dataset, 'refquota') === String(bytes),
      'its reservation': zfs.property(dataset, 'refreservation') === String(bytes),
      'it is mounted': zfs.is(dataset, 'mounted'),
      'it is shared': zfs.is(dataset, 'shared'),
      'its clients': zfs.property(dataset, 'sharenfs')?.includes(clients) === true,
    };
  }

  #ofVolume(size: string, verb: Verb): Readonly<Record<string, boolean>> {
    const [volume, ...more] = this.#kube.liveVolumes.values();
    if (volume === undefined) return { 'one volume': false };
    const { annotations = {}, deletionTimestamp } = volume.metadata;
    const claimed = this.#claim().status?.capacity?.['storage'];
    return {
      'one volume': more.length === 0,
      'of this claim': volume.spec.claimRef?.uid === 'uid-data',
      'of this dataset': annotations['zfs.pv.kubernetes.io/zfs-dataset-path'] === dataset,
      'its capacity': volume.spec.capacity?.storage === size,
      'it is not being deleted': deletionTimestamp === undefined,
      'the status of the claim': verb !== 'grow' || claimed === size,
    };
  }

  #leftOver(verb: Verb): string | undefined {
    const others = [...this.#kube.liveVolumes.values()].filter(isOthers);
    return wrongOf({
      'no dataset': this.#zfs.below(parent).length === 0,
      'no volume': this.#kube.liveVolumes.size === others.length,
      'a survey': verb !== 'scan' || this.#counted('surveyed'),
      'one in the trash': verb !== 'trash' || this.#zfs.below(`${parent}/.trash`).length === 1,
    });
  }

  #counted(what: string): boolean {
    return this.#world?.counted.some((line) => line.startsWith(what)) === true;
  }

  #requireTold({ host, api }: Cell): void {
    const expected = host === 'none' ? [] : toldOf[host];
    if (expected.length > 0 && !expected.some((code) => this.#told.has(code))) {
      throw new Error(`${expected.join(' or ')} was not told, but ${[...this.#told].join()}`);
    }
    const kind = api.slice(api.indexOf(':') + 1);
    const code = apiCodes[kind];
    if (code !== undefined && !this.#told.has(code)) throw new Error(`${code} was not told`);
  }

  #lay(verb: string, fault: HostFault): void {
    const once = fault === 'provisioner-killed' || fault === 'sshd-restarts';
    this.#host.lay(verb, fault, once ? 1 : attempts);
    this.#host.onKill = () => {
      this.#isKilled = true;
    };
  }

  async #start(isScan = false): Promise<void> {
    this.#world = new World({
      kube: this.#kube,
      hosts: this.#remote,
      surveys: isScan,
      surveyIntervalMs: 10 * minuteMs,
      onFailure: (error) => {
        if (error instanceof ProvisionerError) this.#told.add(error.code);
      },
    });
    await this.#world.start();
  }

  /** A new process finds what is stored, and nothing of what the old one knew. */
  #forgetWorld(): void {
    const before = this.#kube;
    this.#kube = new FakeKube();
    for (const claim of before.liveClaims.values()) this.#kube.addClaim(claim);
    for (const volume of before.liveVolumes.values()) this.#kube.addVolume(volume);
    for (const each of before.classes.list()) this.#kube.classes.put(each);
    for (const each of before.nodes.list()) this.#kube.nodes.put(each);
    this.#world = undefined;
    this.#isKilled = false;
  }

  async #until(what: string, check: () => string | boolean | undefined): Promise<void> {
    let said: string | boolean | undefined;
    for (let step = 0; step < 100; step++) {
      await this.#quiet();
      if (this.#isKilled) {
        this.#forgetWorld();
        layApi(this.#kube, this.#api);
        await this.#start(true);
      }
      said = check();
      if ((said === undefined || said === true) && this.#host.hasFailed) return;
      await this.#step(step < 40 ? 1000 : minuteMs);
    }
    const calls = this.#kube.calls.slice(-5).join('; ');
    throw new Error(`${what}: not yet (${String(said)}); told ${[...this.#told].join()}; ${calls}`);
  }

  async #step(ms: number): Promise<void> {
    await this.#world?.clock.advance(ms);
    await this.#quiet();
  }

  /** Until no script runs, and what came of it was dealt with. */
  async #quiet(): Promise<void> {
    await settle();
    while (this.#host.running > 0) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await settle();
    this.#events.push(...(this.#world?.events.splice(0) ?? []));
  }

  #claim(): Claim {
    const claim = this.#kube.liveClaims.get('default/data');
    if (claim === undefined) throw new Error('the claim is gone');
    return claim;
  }

  #change(spec: Partial<Claim['spec']>): void {
    const claim = this.#claim();
    this.#kube.addClaim({ ...changed(claim), spec: { ...claim.spec, ...spec } });
  }

  /** As kube-controller-manager does. */
  #bind(): void {
    const claim = this.#claim();
    const status = { phase: 'Bound', capacity: { storage: '1Gi' } };
    this.#kube.addClaim({ ...changed(claim), spec: { ...claim.spec, volumeName }, status });
    this.#setPhase('Bound');
  }

  #release(): void {
    this.#kube.removeClaim(this.#claim());
    this.#setPhase('Released');
  }

  #setPhase(phase: string): void {
    const volume = this.#kube.liveVolumes.get(volumeName);
    if (volume !== undefined) this.#kube.addVolume({ ...changed(volume), status: { phase } });
  }
}

function changed<T extends Claim | Volume>(object: T): T {
  const resourceVersion = `${object.metadata.resourceVersion}0`;
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

function nodeAt(name: string, address: string): NodeObject {
  return { ...aNode(name), status: { addresses: [{ type: 'InternalIP', address }] } };
}

const calls: Readonly<Record<string, keyof KubeApi>> = {
  'create-volume': 'createVolume',
  'patch-status': 'patchClaimStatus',
  'patch-capacity': 'patchVolume',
  'delete-volume': 'deleteVolume',
  'remove-finalizer': 'removeVolumeFinalizer',
};

const apiCodes: Readonly<Record<string, string>> = {
  conflict: 'KUBE_CONFLICT',
  taken: 'VOLUME_TAKEN',
  '5xx': 'KUBE_UNAVAILABLE',
  '5xx-stored': 'KUBE_UNAVAILABLE',
  '403': 'KUBE_FORBIDDEN',
  'no-answer': 'KUBE_UNAVAILABLE',
  'no-answer-stored': 'KUBE_UNAVAILABLE',
};

function layApi(kube: FakeKube, fault: ApiFault): void {
  const [write = '', kind = ''] = fault.split(':');
  const call = calls[write];
  if (call === undefined) return;
  if (kind === 'taken') kube.addVolume(ofAnother());
  else if (kind === 'gone') loseBefore(kube);
  else if (kind.endsWith('-stored')) kube.fail(call, { when: 'after', error: unavailable() });
  else for (let i = 0; i < attempts; i++) kube.fail(call, { when: 'before', error: errorOf(kind) });
}

function errorOf(kind: string): Error {
  if (kind === 'conflict') return new KubeConflictError('the object has been modified');
  if (kind === '403') return new KubeForbiddenError('it is forbidden');
  return unavailable();
}

function unavailable(): Error {
  return new KubeUnavailableError('no answer', { outcomeUnknown: true });
}

/** Bound to another claim, under the name that the volume of ours must have. */
function ofAnother(): Volume {
  const claimRef = { namespace: 'default', name: 'other', uid: 'uid-other' };
  return aVolume({ phase: 'Bound', spec: { claimRef }, annotations: others });
}

const others = {
  'pv.kubernetes.io/provisioned-by': 'example.com/other',
  'zfs.pv.kubernetes.io/zfs-dataset-path': 'tank/other/data',
};

function isOthers({ spec, metadata, status }: Volume): boolean {
  const isAsBefore = metadata.deletionTimestamp === undefined && status?.phase === 'Bound';
  return spec.claimRef?.uid === 'uid-other' && isAsBefore;
}

/** Somebody else takes the finalizers away, a moment before we do. */
function loseBefore(kube: FakeKube): void {
  const remove = kube.removeVolumeFinalizer.bind(kube);
  kube.removeVolumeFinalizer = (name, change) => {
    const volume = kube.liveVolumes.get(name);
    kube.liveVolumes.delete(name);
    if (volume !== undefined) kube.volumes.remove(volume);
    return remove(name, change);
  };
}

function wrongOf(facts: Readonly<Record<string, boolean>>): string | undefined {
  const wrong = Object.entries(facts).filter(([, holds]) => !holds);
  return wrong.length === 0 ? undefined : `wrong: ${wrong.map(([fact]) => fact).join(', ')}`;
}

function requireOneEvent(events: readonly string[], text: string): void {
  const found = new Set(events.filter((event) => event.includes(text)));
  if (found.size !== 1) throw new Error(`not one event with ${text}: ${events.join('; ')}`);
}
