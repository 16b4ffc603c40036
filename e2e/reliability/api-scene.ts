import type { ApiFault as Laid, ApiTarget } from '../bench/control-plane/api-proxy.ts';
import { eventually } from '../bench/eventually.ts';
import type { Stage } from '../stage.ts';
import { selectNode } from '../waiting-claims.ts';
import { leaveAttempt } from './bench-scene.ts';
import type { Verb } from './faults.ts';
import type { Cell, Outcome } from './results.ts';
import { requireAll, requireNone, requireOne } from './standing.ts';

const beforeMiB = 64;
const afterMiB = 96;
const size = `${beforeMiB}Mi`;

/** What a log line tells of each kind; conflicts heal by reading again, and are told to nobody. */
const codes: Readonly<Record<string, string>> = {
  taken: 'VOLUME_TAKEN',
  '5xx': 'KUBE_UNAVAILABLE',
  '5xx-stored': 'KUBE_UNAVAILABLE',
  '403': 'KUBE_FORBIDDEN',
  'no-answer': 'KUBE_UNAVAILABLE',
  'no-answer-stored': 'KUBE_UNAVAILABLE',
};

/** One claim, one verb, and one write of it that goes wrong. */
export class ApiScene {
  readonly cell: Cell;
  readonly #stage: Stage;
  readonly #claim: string;
  readonly #write: string;
  readonly #kind: string;
  #volume = '';
  #mark = 0;

  constructor(stage: Stage, cell: Cell) {
    this.#stage = stage;
    this.cell = cell;
    const [write = '', kind = ''] = cell.api.split(':');
    this.#write = write;
    this.#kind = kind;
    this.#claim = `${cell.verb}-${cell.api.replace(':', '-')}`;
  }

  /** Creates of volumes do not say on their path which it is: one after the other. */
  get isAlone(): boolean {
    return this.#write === 'create-volume' && !this.isSlow;
  }

  /** No answer comes for as long as a request may take. */
  get isSlow(): boolean {
    return this.#kind.startsWith('no-answer');
  }

  /** What is to stand in the end, if anything. */
  get standing(): readonly string[] {
    return this.#isGone ? [] : [this.#volume];
  }

  async prepare(): Promise<void> {
    const { verb } = this.cell;
    if (verb === 'create') return;
    if (verb === 'adopt') {
      this.#volume = await leaveAttempt(this.#stage, this.#claim, size);
      return;
    }
    const className = verb === 'trash' ? 'trash' : 'nfs';
    const volume = await this.#stage.provision({ name: this.#claim, className, size });
    this.#volume = volume.metadata.name;
  }

  /** Lays the fault, and wants something. */
  async begin(): Promise<void> {
    const stage = this.#stage;
    this.#mark = stage.provisioner.log.length;
    if (this.cell.api !== 'none') this.#lay();
    if (this.cell.verb === 'create') {
      await stage.createClaim({ name: this.#claim, className: 'nfs', size });
      this.#volume = await stage.volumeNameFor(this.#claim);
    }
    if (this.cell.verb === 'adopt') await selectNode(stage, this.#claim, 'node-1');
    if (this.cell.verb === 'grow') {
      const requests = { storage: `${afterMiB}Mi` };
      await stage.patchClaim(this.#claim, { spec: { resources: { requests } } });
    }
    if (this.#isDeletion) await stage.deleteClaim(this.#claim);
  }

  /** @throws what is wrong, if it does not become right */
  async outcome(): Promise<Outcome> {
    const { verb, api } = this.cell;
    const told = codes[this.#kind] === undefined ? [] : [codes[this.#kind] ?? ''];
    const patience = { timeoutMs: 90_000, intervalMs: 200 };
    const isTold = (): boolean => told.every((code) => this.#hasTold(code));
    await eventually(`${verb}, ${api}: it is told`, isTold, patience);
    if (this.#kind === 'taken') {
      await this.#stage.untilEvent(this.#claim, 'ProvisioningFailed', 'exists already');
      await this.#stage.deleteClaim(this.#claim);
    }
    await eventually(`${verb}, ${api}: it converges`, () => this.#require(), patience);
    return { end: this.#isGone ? 'none' : 'one', told };
  }

  get #isDeletion(): boolean {
    return this.cell.verb === 'destroy' || this.cell.verb === 'trash';
  }

  get #isGone(): boolean {
    return this.#isDeletion || this.#kind === 'taken';
  }

  #hasTold(code: string): boolean {
    const keys = [`default/${this.#claim}`, this.#volume];
    const lines = this.#stage.provisioner.log.slice(this.#mark);
    return lines.some((line) => line['code'] === code && keys.includes(String(line['key'])));
  }

  #lay(): void {
    const proxy = this.#stage.installation.apiProxy;
    for (const fault of this.#laid()) proxy.lay(this.#target(), fault);
  }

  #laid(): readonly Laid[] {
    const twice = (fault: Laid): readonly Laid[] => [fault, fault];
    switch (this.#kind) {
      case '5xx':
        return twice({ answer: 'status', status: 500, reason: 'InternalError' });
      case '5xx-stored':
        return [{ answer: 'status', status: 500, reason: 'InternalError', when: 'after' }];
      case '403':
        return twice({ answer: 'status', status: 403, reason: 'Forbidden' });
      case 'no-answer':
        return [{ answer: 'silence' }];
      case 'no-answer-stored':
        return [{ answer: 'silence', when: 'after' }];
      case 'conflict':
        if (this.#write === 'create-volume')
          return twice({ answer: 'status', status: 409, reason: 'Conflict' });
        return [{ answer: 'own', meanwhile: () => this.#touch() }];
      case 'gone':
        return [{ answer: 'own', meanwhile: () => this.#strip() }];
      default:
        return [{ answer: 'own', meanwhile: () => this.#take() }];
    }
  }

  #target(): ApiTarget {
    const volume = new RegExp(`/persistentvolumes/${this.#volume}$`);
    switch (this.#write) {
      case 'create-volume':
        return { method: 'POST', path: /\/persistentvolumes$/ };
      case 'patch-status':
        return { method: 'PATCH', path: new RegExp(`/${this.#claim}/status$`) };
      case 'delete-volume':
        return { method: 'DELETE', path: volume };
      default:
        return { method: 'PATCH', path: volume };
    }
  }

  /** Somebody writes the object that is about to be written. */
  #touch(): Promise<void> {
    if (this.#write === 'patch-status') return this.#stage.nudgeClaim(this.#claim);
    return this.#stage.nudgeVolume(this.#volume);
  }

  /** Somebody takes the finalizers of a volume that is being deleted away. */
  #strip(): Promise<void> {
    return this.#stage.patchVolume(this.#volume, { metadata: { finalizers: null } });
  }

  /** Somebody makes a volume of the name that ours must have. */
  #take(): Promise<void> {
    return this.#stage.createVolume({
      metadata: { name: this.#volume, uid: '', resourceVersion: '' },
      spec: {
        capacity: { storage: size },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'other',
        claimRef: { namespace: 'default', name: 'other', uid: 'other' },
        nfs: { server: 'elsewhere', path: '/other' },
      },
    });
  }

  async #require(): Promise<true> {
    const stage = this.#stage;
    if (this.#kind === 'taken') return this.#requireOthers();
    const inTrash = this.cell.verb === 'trash';
    if (this.#isGone) return requireNone(stage, this.#volume, { inTrash });
    const sizeMiB = this.cell.verb === 'grow' ? afterMiB : beforeMiB;
    return requireOne(stage, { claim: this.#claim, volume: this.#volume, sizeMiB });
  }

  /** Nothing of ours is left, and the other's volume is as it was. */
  async #requireOthers(): Promise<true> {
    const datasets = await this.#stage.datasetNames();
    const volume = await this.#stage.volume(this.#volume);
    requireAll({
      'no dataset': !datasets.some((dataset) => dataset.includes(this.#volume)),
      'the volume of the other': volume?.spec.nfs?.server === 'elsewhere',
      'not being deleted': volume?.metadata.deletionTimestamp === undefined,
    });
    return true;
  }
}

/** Verbs that write to the API. */
export const writingVerbs: readonly Verb[] = ['create', 'adopt', 'grow', 'destroy', 'trash'];
