import type { Clock } from '../../clock.ts';
import { messageOf } from '../../errors.ts';
import { OutcomeUnknownError } from '../../host/command.ts';
import type { HostScript, ScriptResult } from '../../host/command.ts';
import type { HostConnection } from '../../host/ssh-connection.ts';
import { examinationScript, readExamination, sessionScript } from '../../zfs/examination.ts';
import type { ExaminationOrder, ProbedTool } from '../../zfs/examination.ts';
import { hostChecks } from './finding.ts';
import type { Finding } from './finding.ts';
import { judgeClock, judgeExports, judgeNfs, judgeShell, judgeZfs } from './host-checks.ts';
import type { Examined } from './host-checks.ts';
import type { Patient, PatientHosts } from './patient.ts';
import { judgeSudo, judgeTools } from './rights-checks.ts';
import { judgeParents, judgePools } from './storage-checks.ts';
import { judgeSessions, judgeWay, skippedAll } from './way-checks.ts';

/** One host, and what classes want of it. */
export interface HostQuestion {
  readonly host: string;
  readonly parents: readonly string[];
  readonly tools: readonly ProbedTool[];
  readonly needsNfs: boolean;
}

export interface HostWorld {
  readonly patient: Pick<Patient, 'hosts' | 'nonce'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** For the script on the host. Whatever hangs there ends here. */
const examinationTimeoutMs = 20_000;
/** For all of one host: dialing, login and the script have deadlines of their own, which are within it. */
const hostTimeoutMs = 60_000;

const inside = hostChecks.filter((check) => !['tcp', 'host-key', 'login'].includes(check));

/** All checks of one host: one connection, one script on it. Never rejects. */
export async function examineHost(
  question: HostQuestion,
  world: HostWorld,
): Promise<readonly Finding[]> {
  const { host } = question;
  const { hosts } = world.patient;
  if (hosts.isLocal(host) && hosts.here === undefined) {
    return skippedAll(host, hostChecks, 'it is the machine that the provisioner runs on');
  }
  const late = Promise.withResolvers<readonly Finding[]>();
  const ending = new AbortController();
  const timer = world.clock.schedule(hostTimeoutMs, () => {
    ending.abort(new Error(`${host} was given up after ${hostTimeoutMs / 1000} s`));
    late.resolve(skippedAll(host, hostChecks, 'it was given up: it took too long'));
  });
  const signal = AbortSignal.any([world.signal, ending.signal]);
  try {
    return await Promise.race([look(question, { ...world, signal }), late.promise]);
  } finally {
    timer.cancel();
  }
}

async function look(question: HostQuestion, world: HostWorld): Promise<readonly Finding[]> {
  const { host } = question;
  const { hosts } = world.patient;
  const order = orderFor(question, world);
  const run = hosts.isLocal(host) ? hosts.here : undefined;
  if (run !== undefined) {
    const way = { host, isHere: true, dialError: undefined, knockError: undefined };
    const ask = (script: HostScript): Promise<ScriptResult> => run(host, script, world.signal);
    const examined = await runScript(question, order, { ...world, ask });
    return [...judgeWay(way), ...judgeInside(examined, question)];
  }
  const opened = await open(host, hosts, world.signal);
  const way = judgeWay({ host, isHere: false, ...opened });
  const { connection } = opened;
  if (connection === undefined) return [...way, ...skippedAll(host, inside, 'there is no login')];
  try {
    const ask = (script: HostScript): Promise<ScriptResult> => connection.run(script);
    const examining = runScript(question, order, { ...world, ask });
    // In the same moment: all sessions are asked for before the first of them can end.
    const others = Array.from({ length: hosts.channels - 1 }, () => ask(sessionScript(order)));
    const [examined, ...tried] = await Promise.all([examining, ...others.map(refusalOf)]);
    const refusals = [refusalIn(examined.error), ...tried].filter((each) => each !== undefined);
    const sessions = judgeSessions({ host, asked: hosts.channels, refusals });
    return [...way, sessions, ...judgeInside(examined, question)];
  } finally {
    connection.close();
  }
}

interface Opened {
  readonly connection: HostConnection | undefined;
  readonly dialError: unknown;
  readonly knockError: unknown;
}

async function open(host: string, { doors }: PatientHosts, signal: AbortSignal): Promise<Opened> {
  try {
    const connection = await doors.dial(host, signal);
    return { connection, dialError: undefined, knockError: undefined };
  } catch (dialError) {
    try {
      await doors.knock(host, signal);
      return { connection: undefined, dialError, knockError: undefined };
    } catch (knockError) {
      return { connection: undefined, dialError, knockError };
    }
  }
}

function orderFor(
  { host, parents, tools }: HostQuestion,
  { patient }: HostWorld,
): ExaminationOrder {
  const { hosts, nonce } = patient;
  return {
    commands: hosts.commandsOf(host),
    exportsFiles: hosts.exportsFiles,
    ...{ tools, parents },
    nonce: nonce(),
    timeoutMs: examinationTimeoutMs,
  };
}

/** Why a session was not opened; undefined: it was. */
async function refusalOf(session: Promise<ScriptResult>): Promise<unknown> {
  try {
    await session;
    return undefined;
  } catch (thrown) {
    return refusalIn(thrown);
  }
}

/** What was begun had its session. */
function refusalIn(thrown: unknown): unknown {
  return thrown instanceof OutcomeUnknownError ? undefined : thrown;
}

interface Asking extends HostWorld {
  readonly ask: (script: HostScript) => Promise<ScriptResult>;
}

async function runScript(
  { host }: HostQuestion,
  order: ExaminationOrder,
  { clock, ask }: Asking,
): Promise<Examined> {
  const sentAtMs = clock.nowMs();
  try {
    const { exitCode, stdout, stderr } = await ask(examinationScript(order));
    const examination = readExamination(stdout, exitCode, order.nonce);
    return {
      ...{ host, examination, exitCode, stderr, sentAtMs },
      endedAtMs: clock.nowMs(),
      error: undefined,
    };
  } catch (error) {
    const stdout = error instanceof OutcomeUnknownError ? error.stdout : '';
    return {
      ...{ host, error, sentAtMs },
      examination: readExamination(stdout, -1, order.nonce),
      exitCode: undefined,
      stderr: '',
      endedAtMs: clock.nowMs(),
    };
  }
}

function judgeInside(examined: Examined, question: HostQuestion): readonly Finding[] {
  const { host, examination } = examined;
  const shell = judgeShell(examined);
  if (!examination.hasBegun) {
    const others = inside.filter((check) => check !== 'shell' && check !== 'sessions');
    return [shell, ...skippedAll(host, others, `no script runs there (${brief(examined)})`)];
  }
  const parents = new Set(question.parents);
  const storage = { parents: [...parents], tools: new Set(question.tools) };
  return [
    shell,
    judgeClock(examined),
    ...judgeSudo(examined),
    judgeZfs(examined),
    judgeTools(examined, storage),
    ...judgePools(examined, storage),
    ...judgeParents(examined, storage),
    ...(question.needsNfs
      ? [judgeNfs(examined), judgeExports(examined)]
      : skippedAll(host, ['nfs', 'exports'], 'no class has NFS volumes there')),
  ];
}

function brief({ error }: Examined): string {
  return error === undefined ? 'see shell' : messageOf(error).slice(0, 120);
}
