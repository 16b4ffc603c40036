import { eventually } from '../bench/eventually.ts';
import type { Stage } from '../stage.ts';
import type { LogLine } from '../bench/provisioner-process.ts';
import { createWaitingClaim, selectNode } from '../waiting-claims.ts';
import type { FaultTarget } from '../bench/storage-host/faults.ts';
import { levers, operationTimeout } from './bench-levers.ts';
import type { HostFault, Verb } from './faults.ts';
import { told as toldOf } from './faults.ts';
import type { Outcome } from './results.ts';
import { requireAll, requireNone, requireOne } from './standing.ts';

const beforeMiB = 64;
const afterMiB = 96;
const before = `${beforeMiB}Mi`;
const after = `${afterMiB}Mi`;

/** For the stage that scenes are played on. */
export const sceneStage = {
  env: {
    ZFS_OP_TIMEOUT: operationTimeout,
    ZFS_USAGE_INTERVAL: '3s',
    ZFS_MAX_DESTROYS_PER_MINUTE: '0',
  },
  classes: [{ name: 'nfs' }, { name: 'waiting', volumeBindingMode: 'WaitForFirstConsumer' }],
};

async function addNode({ bench }: Stage, name: string, address: string): Promise<void> {
  await bench.createNode(name);
  const status = { addresses: [{ type: 'InternalIP', address }] };
  const path = `/api/v1/nodes/${name}/status`;
  await bench.controlPlane.api.call(path, { method: 'PATCH', body: { status } });
}

/** A node, and the classes that the chart's values cannot say. */
export async function furnish(stage: Stage): Promise<void> {
  await addNode(stage, 'node-1', '192.0.2.1');
  await stage.createClass('trash', { parameters: { onDelete: 'trash' } });
  await stage.createClass('shared', { parameters: { shareClients: '@nodes' } });
}

/** What a create that was interrupted leaves for a claim that still waits; resolves with its volume's name. */
export async function leaveAttempt(stage: Stage, claim: string, size: string): Promise<string> {
  const volumeName = await createWaitingClaim(stage, { name: claim, className: 'waiting', size });
  const system = await stage.bench.controlPlane.api.call<{ metadata: { uid: string } }>(
    '/api/v1/namespaces/kube-system',
  );
  await stage.host.createByHand(volumeName, {
    'io.kubernetes.pv.zfs:managed_by': 'pv.kubernetes.io/zfs',
    'zfs-provisioner.io:cluster': system.metadata.uid,
    'zfs-provisioner.io:volume': volumeName,
  });
  return volumeName;
}

/** A fault of a storage host, and one claim for each verb that meets it; all of them at once. */
export class BenchScene {
  readonly #stage: Stage;
  readonly #fault: HostFault;
  readonly #volumes = new Map<Verb, string>();
  #mark = 0;
  #before: readonly LogLine[] = [];

  constructor(stage: Stage, fault: HostFault) {
    this.#stage = stage;
    this.#fault = fault;
  }

  /** Volumes to grow, to share and to delete; and what a create that was interrupted left. */
  async prepare(): Promise<void> {
    const stage = this.#stage;
    const classes = { grow: 'nfs', destroy: 'nfs', trash: 'trash', share: 'shared' } as const;
    const made = Object.entries(classes).map(async ([verb, className]) => {
      const name = this.#claim(verb as Verb);
      const volume = await stage.provision({ name, className, size: before });
      this.#volumes.set(verb as Verb, volume.metadata.name);
    });
    this.#volumes.set('adopt', await leaveAttempt(stage, this.#claim('adopt'), before));
    await Promise.all(made);
  }

  /** The fault begins, everybody wants something, the fault is told and ends. */
  async play(): Promise<void> {
    const stage = this.#stage;
    this.#mark = stage.provisioner.log.length;
    const lever = levers[this.#fault];
    try {
      if (this.#fault === 'sshd-restarts') {
        await this.#act();
        await lever.begin(stage, []);
        return;
      }
      await lever.begin(stage, this.#hearts());
      await this.#act();
      if (this.#fault === 'provisioner-killed') await this.#replaceProvisioner();
      if (toldOf[this.#fault].length > 0) await this.#untilTold();
    } finally {
      await lever.end?.(stage);
      await this.#nudge();
    }
  }

  /** @throws what is wrong, if it does not become right */
  async outcomeOf(verb: Verb): Promise<Outcome> {
    const what = `${verb} while ${this.#fault}: it converges`;
    await eventually(what, () => this.#require(verb), { timeoutMs: 60_000, intervalMs: 200 });
    const isGone = verb === 'destroy' || verb === 'trash';
    // Whether a restart meets an exec of each verb is chance.
    const isTold = this.#fault !== 'sshd-restarts' && this.#isTold(verb);
    const told = isTold ? [toldOf[this.#fault].join('|')] : [];
    return { end: isGone ? 'none' : 'one', told };
  }

  /** Names of the volumes that stand in the end. */
  get standing(): readonly string[] {
    const gone = new Set<Verb>(['destroy', 'trash']);
    return [...this.#volumes].filter(([verb]) => !gone.has(verb)).map(([, name]) => name);
  }

  #claim(verb: Verb): string {
    return `${verb}-${this.#fault}`;
  }

  #volume(verb: Verb): string {
    const name = this.#volumes.get(verb);
    if (name === undefined) throw new Error(`there is no volume to ${verb}`);
    return name;
  }

  /** Which command of each verb's script a fault happens to; `scan` last. */
  #hearts(): readonly FaultTarget[] {
    const claimName = `claim_name=${this.#claim('create')} `;
    return [
      { verb: 'create', match: claimName },
      { verb: 'share', match: `/${this.#volume('adopt')}$` },
      { verb: 'set', match: `refquota=.*/${this.#volume('grow')}$` },
      { verb: 'destroy', match: `/${this.#volume('destroy')}$` },
      { verb: 'rename', match: `/${this.#volume('trash')} ` },
      { verb: 'set', match: `sharenfs=.*/${this.#volume('share')}$` },
      { verb: 'get', match: '^get -Hp -r .*creation' },
    ];
  }

  async #act(): Promise<void> {
    const stage = this.#stage;
    await Promise.all([
      stage.createClaim({ name: this.#claim('create'), className: 'nfs', size: before }),
      selectNode(stage, this.#claim('adopt'), 'node-1'),
      stage.patchClaim(this.#claim('grow'), {
        spec: { resources: { requests: { storage: after } } },
      }),
      stage.deleteClaim(this.#claim('destroy')),
      stage.deleteClaim(this.#claim('trash')),
      addNode(stage, `node-${this.#fault}`, this.#address),
    ]);
    this.#volumes.set('create', await stage.volumeNameFor(this.#claim('create')));
  }

  /** Of the node that the fault's shared volume is to be exported to. */
  get #address(): string {
    return `192.0.2.${Object.keys(toldOf).indexOf(this.#fault) + 10}`;
  }

  async #replaceProvisioner(): Promise<void> {
    const stage = this.#stage;
    const laid = stage.host.faults.pending;
    await eventually('it is at work', () => stage.host.faults.pending <= laid - 3 || laid < 4, {
      intervalMs: 10,
    });
    await stage.provisioner.kill();
    this.#before = stage.provisioner.log.slice(this.#mark);
    this.#mark = 0;
    stage.provisioner = await stage.installation.start(sceneStage.env);
  }

  async #untilTold(): Promise<void> {
    const deaf = (): Verb[] =>
      ([...this.#volumes.keys(), 'scan'] as Verb[]).filter((verb) => !this.#isTold(verb));
    const check = (): true => {
      if (deaf().length === 0) return true;
      throw new Error(`not of ${deaf().join(', ')}`);
    };
    const patience = { timeoutMs: 30_000, intervalMs: 100 };
    await eventually(`${this.#fault} is told of each`, check, patience);
  }

  /** By its code; or the host is given up for now, for reasons that some other verb told. */
  #isTold(verb: Verb): boolean {
    const expected = toldOf[this.#fault];
    const isKnown = expected.some((code) => this.#codes().has(code));
    const codes = this.#codes(verb);
    return isKnown && [...expected, 'HOST_UNREACHABLE'].some((code) => codes.has(code));
  }

  /** Codes that were told since the fault began, of a verb or of all. */
  #codes(verb?: Verb): ReadonlySet<string> {
    const lines = [...this.#before, ...this.#stage.provisioner.log.slice(this.#mark)];
    const about = lines.filter((line) => verb === undefined || this.#isAbout(line, verb));
    return new Set(about.map(codeOf));
  }

  #isAbout(line: LogLine, verb: Verb): boolean {
    if (verb === 'scan') return line.msg === 'host not surveyed';
    if (verb === 'share') return (line.msg ?? '').includes('not shared with the nodes');
    const key = line['key'];
    return key === `default/${this.#claim(verb)}` || key === this.#volumes.get(verb);
  }

  /** Whoever waits long is looked at now. */
  async #nudge(): Promise<void> {
    const stage = this.#stage;
    await Promise.all([
      ...(['create', 'adopt', 'grow'] as const).map((verb) => stage.nudgeClaim(this.#claim(verb))),
      ...(['destroy', 'trash'] as const).map((verb) =>
        stage.nudgeVolume(this.#volume(verb)).catch(() => undefined),
      ),
    ]);
  }

  #require(verb: Verb): Promise<true> {
    const stage = this.#stage;
    if (verb === 'scan') return this.#requireSurvey();
    const volume = this.#volume(verb);
    if (verb === 'destroy') return requireNone(stage, volume, { inTrash: false });
    if (verb === 'trash') return requireNone(stage, volume, { inTrash: true });
    return requireOne(stage, {
      claim: this.#claim(verb),
      volume,
      sizeMiB: verb === 'grow' ? afterMiB : beforeMiB,
      ...(verb === 'share' && { client: this.#address }),
    });
  }

  /** The survey sees what was made while it could not look. */
  async #requireSurvey(): Promise<true> {
    const metrics = await this.#stage.provisioner.metrics();
    const rows = metrics.split('\n').filter((row) => row.includes(this.#volume('create')));
    const quotas = rows.filter((row) => row.startsWith('zfs_provisioner_volume_quota'));
    requireAll({ 'one row of metrics': quotas.length === 1 });
    return true;
  }
}

function codeOf(line: LogLine): string {
  const { code, err } = line as {
    readonly code?: string;
    readonly err?: { readonly code?: string };
  };
  return code ?? err?.code ?? '';
}
