/** What a host tells of itself for `kubectl zfs doctor`: one script that only looks (scripts/doctor.sh). */
import type { HostScript } from '../host/command.ts';
import { compileCommandWords } from './command-words.ts';
import type { Frame } from './frames.ts';
import { isComplete, parseFrames } from './frames.ts';
import type { HostCommands } from './remote-zfs.ts';
import { remoteScripts } from './remote-scripts.ts';

export const probedTools = ['chmod', 'chown', 'setfacl'] as const;
export type ProbedTool = (typeof probedTools)[number];

export interface ExaminationOrder {
  readonly commands: HostCommands;
  readonly exportsFiles: readonly string[];
  /** Whose rights are wanted. */
  readonly tools: readonly ProbedTool[];
  readonly parents: readonly string[];
  /** A word of letters and digits that nobody can guess. */
  readonly nonce: string;
  readonly timeoutMs: number;
}

/** How a command ended, and what it printed. */
export interface Tried {
  readonly exitCode: number;
  readonly said: string;
}

export interface SeenParent extends Tried {
  readonly dataset: string;
  /** Value by property; empty where zfs did not tell. */
  readonly properties: ReadonlyMap<string, string>;
  /** `zfs`, or one of the tools, tried on a name that nothing has. */
  readonly rights: ReadonlyMap<string, Tried>;
  /** By verb of zfs, what sudo says of whether it would run it. */
  readonly wouldRun: ReadonlyMap<string, Tried>;
}

export interface SeenPool extends Tried {
  readonly pool: string;
  readonly properties: ReadonlyMap<string, string>;
}

export interface Examination {
  /** The script came to its end. */
  readonly isWhole: boolean;
  /** It began. */
  readonly hasBegun: boolean;
  /** What it was at when it last said so. */
  readonly doing: string | undefined;
  /** Lines that were printed besides: banners. */
  readonly noise: string;
  /** Seconds since the epoch, as the host counts. */
  readonly clockSeconds: number | undefined;
  readonly system: string | undefined;
  readonly user: { readonly name: string; readonly isRoot: boolean } | undefined;
  readonly version: Tried | undefined;
  /** In the order of the setting. */
  readonly exportsFiles: readonly { readonly file: string; readonly state: string }[];
  readonly nfs: string | undefined;
  /** `zpool list` without sudo: name, percent in use, health. */
  readonly zpool: Tried | undefined;
  readonly parents: readonly SeenParent[];
  readonly pools: readonly SeenPool[];
}

/** Looks at everything. */
export function examinationScript(order: ExaminationOrder): HostScript {
  return script(order, order.tools.join(' '), order.parents);
}

/** Only opens a session. */
export function sessionScript(order: ExaminationOrder): HostScript {
  return script(order, 'session', []);
}

function script(
  { commands, exportsFiles, nonce, timeoutMs }: ExaminationOrder,
  asked: string,
  parents: readonly string[],
): HostScript {
  const { zfs, chmod, chown, setfacl } = commands;
  const words = [zfs, chmod, chown, setfacl].map(compileCommandWords);
  const parameters = [nonce, ...words, exportsFiles.join(' '), asked, ...parents];
  return { verb: 'doctor', script: remoteScripts.doctor, parameters, timeoutMs };
}

/** Reads what was printed, also where it ends in the middle. */
export function readExamination(stdout: string, exitCode: number, nonce: string): Examination {
  const frames = parseFrames(stdout, nonce);
  const fieldsOf = (kind: string): readonly string[] | undefined =>
    frames.find((frame) => frame.kind === kind)?.fields;
  const clock = fieldsOf('clock')?.[0];
  const [name, uid] = fieldsOf('user') ?? [];
  return {
    isWhole: isComplete(frames, exitCode),
    hasBegun: frames.length > 0,
    doing: frames.findLast(({ kind }) => kind === 'doing')?.fields[0],
    noise: noiseOf(stdout, nonce),
    clockSeconds: clock !== undefined && /^\d+$/.test(clock) ? Number(clock) : undefined,
    system: fieldsOf('system')?.join(' '),
    user: name === undefined ? undefined : { name, isRoot: uid === '0' },
    version: triedIn(frames, 'version', 'said'),
    exportsFiles: frames
      .filter(({ kind }) => kind === 'exports')
      .map(({ fields: [file = '', state = ''] }) => ({ file, state })),
    nfs: fieldsOf('nfs')?.[0],
    zpool: triedIn(frames, 'zpool', 'pools'),
    parents: frames.flatMap((frame, at) =>
      frame.kind === 'parent' ? [parentIn(frame, frames.slice(at + 1))] : [],
    ),
    pools: frames.flatMap((frame, at) =>
      frame.kind === 'pool' ? [poolIn(frame, frames.slice(at + 1))] : [],
    ),
  };
}

function noiseOf(stdout: string, nonce: string): string {
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith(`${nonce}\t`))
    .map((line) => line.trim())
    .join('; ');
}

function triedIn(frames: readonly Frame[], kind: string, told: string): Tried | undefined {
  const at = frames.findIndex((frame) => frame.kind === kind);
  const [status] = frames[at]?.fields ?? [];
  if (status === undefined) return undefined;
  return { exitCode: Number(status), said: textAfter(frames.slice(at + 1), told) };
}

/** The lines of the kind that follow at once. */
function textAfter(frames: readonly Frame[], kind: string): string {
  const end = frames.findIndex((frame) => frame.kind !== kind);
  return frames
    .slice(0, end === -1 ? undefined : end)
    .map(({ fields }) => fields.join('\t'))
    .join('\n')
    .trim();
}

function parentIn({ fields }: Frame, after: readonly Frame[]): SeenParent {
  const [dataset = '', status = ''] = fields;
  const of = (kind: string): ReadonlyMap<string, Tried> =>
    new Map(
      after.flatMap((frame, at) => {
        const [what = '', parent, code = ''] = frame.fields;
        if (frame.kind !== kind || parent !== dataset) return [];
        return [[what, { exitCode: Number(code), said: textAfter(after.slice(at + 1), 'said') }]];
      }),
    );
  return {
    dataset,
    exitCode: Number(status),
    said: textAfter(after, 'row'),
    properties: propertiesOf(dataset, after),
    rights: of('tried'),
    wouldRun: of('would'),
  };
}

function poolIn({ fields }: Frame, after: readonly Frame[]): SeenPool {
  const [pool = '', status = ''] = fields;
  return {
    pool,
    exitCode: Number(status),
    said: textAfter(after, 'row'),
    properties: propertiesOf(pool, after),
  };
}

/** Rows of `zfs get`: name, property, value, source. The first of a property counts. */
function propertiesOf(dataset: string, after: readonly Frame[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { kind, fields } of after) {
    const [name, property = '', value = ''] = fields;
    if (kind === 'row' && name === dataset && !found.has(property)) found.set(property, value);
  }
  return found;
}
