import type { Command } from 'commander';

import type { ServiceAccountName } from '../../kube/checkup-api.ts';
import { suggestion } from '../../volume/nearest.ts';
import { shown } from '../../volume/shown.ts';
import type { CliWorld, ConnectionFlags, ParentPlace } from '../cli-world.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import { onceRead, withPlaces } from '../frame.ts';
import type { Given } from '../given.ts';
import type { OutputFormat } from '../listing.ts';
import { UsageError } from '../usage-error.ts';
import { noticeWhile } from '../waiting-notice.ts';
import { examineCluster } from './examine-cluster.ts';
import { examineHost } from './examine-host.ts';
import type { HostQuestion } from './examine-host.ts';
import { checks, clusterChecks, hostChecks } from './finding.ts';
import type { Check, Finding } from './finding.ts';
import { questionsFor } from './host-questions.ts';
import type { Patient } from './patient.ts';
import { report } from './report.ts';

interface Asked {
  readonly flags: ConnectionFlags;
  readonly namespace: string | undefined;
  readonly account: ServiceAccountName | undefined;
  /** Empty: all. */
  readonly hosts: readonly string[];
  readonly parents: readonly ParentPlace[];
  /** Empty: all. */
  readonly only: readonly Check[];
  readonly hasExitCode: boolean;
  readonly output: OutputFormat;
}

/** `doctor`: looks at everything that the provisioner needs, and says what to do. Changes nothing. */
export function addDoctorCommand(
  program: Command,
  world: CliWorld,
  done: (code: ExitCode) => void,
): void {
  const several = (value: string, before: readonly string[] | undefined): readonly string[] => [
    ...(before ?? []),
    value,
  ];
  const command = withPlaces(program.command('doctor'))
    .description('check cluster and storage hosts, and say what to do; changes nothing')
    .option('--host <NAME>', 'only this host (may be given several times)', several)
    .option('--only <CHECKS>', `only these checks, parted by commas: ${checks.join(', ')}`)
    .option(
      '-n, --namespace <NAME>',
      'namespace of the provisioner (default: wherever its lease is)',
    )
    .option(
      '--service-account <NAMESPACE/NAME>',
      "the provisioner's, whose rights are checked (default: that of the pod that holds the lease)",
    )
    .option('--exit-code', 'end with exit code 3 if nothing failed, but there are warnings');
  onceRead(command, read, async (asked) => {
    done(await run(asked, world));
  });
}

function read(given: Given): Asked {
  given.noWords();
  if (given.console() !== undefined) {
    given.wrong('--console only shows: doctor needs a kubeconfig and SSH to hosts');
  }
  return {
    flags: given.connection(),
    namespace: given.text('namespace'),
    account: accountIn(given),
    hosts: given.texts('host'),
    parents: given.parents(),
    only: checksIn(given),
    hasExitCode: given.has('exitCode'),
    output: given.output(),
  };
}

function accountIn(given: Given): ServiceAccountName | undefined {
  const text = given.text('serviceAccount');
  if (text === undefined) return undefined;
  const [namespace = '', name = '', ...rest] = text.split('/');
  if (namespace === '' || name === '' || rest.length > 0) {
    given.wrong(`--service-account is ${shown(text)}: expected NAMESPACE/NAME`);
  }
  return { namespace, name };
}

function checksIn(given: Given): readonly Check[] {
  const words = given
    .text('only')
    ?.split(',')
    .map((word) => word.trim());
  return (words ?? []).flatMap((word) => {
    const check = checks.find((each) => each === word);
    if (check === undefined) {
      given.wrong(
        `--only has ${shown(word)}: expected ${checks.join(', ')}${suggestion(word, checks)}`,
      );
    }
    return check ?? [];
  });
}

async function run(asked: Asked, world: CliWorld): Promise<ExitCode> {
  const patient = await world.consult({ ...asked.flags, namespace: asked.namespace });
  try {
    const findings = await examine(asked, patient, world);
    report(world.terminal, asked.output, findings);
    return exitCodeOf(findings, asked);
  } finally {
    await patient.close();
  }
}

function exitCodeOf(findings: readonly Finding[], { hasExitCode }: Asked): ExitCode {
  if (findings.some(({ state }) => state === 'fail')) return exitCodes.failed;
  const isDoubtful = findings.some(({ state }) => state === 'warn');
  return hasExitCode && isDoubtful ? exitCodes.found : exitCodes.done;
}

async function examine(
  asked: Asked,
  patient: Patient,
  world: CliWorld,
): Promise<readonly Finding[]> {
  const { clock, signal } = world;
  const question = { account: asked.account, nowMs: () => clock.nowMs(), signal };
  // Classes say which hosts there are, so the cluster is asked in any case.
  const cluster = await examineCluster(patient, question);
  const isAsked = ({ check }: Finding): boolean =>
    asked.only.length === 0 || asked.only.includes(check);
  const wants = (names: readonly Check[]): boolean =>
    asked.only.length === 0 || asked.only.some((check) => names.includes(check));
  const questions = wants(hostChecks)
    ? chosen(questionsFor(patient, cluster.classes, asked.parents), asked.hosts)
    : [];
  const waitingFor = new Set(questions.map(({ host }) => host));
  const notices = noticeWhile(waitingFor, world);
  const found = await Promise.all(
    questions.map(async (each) => {
      const findings = await examineHost(each, { patient, clock, signal });
      waitingFor.delete(each.host);
      return findings;
    }),
  );
  notices.cancel();
  signal.throwIfAborted();
  const clusterFindings = wants(clusterChecks) ? cluster.findings : [];
  return [...clusterFindings, ...found.flat()].filter(isAsked);
}

/** @throws UsageError for a host that nothing names */
function chosen(
  questions: readonly HostQuestion[],
  hosts: readonly string[],
): readonly HostQuestion[] {
  const known = questions.map(({ host }) => host);
  const problems = hosts
    .filter((host) => !known.includes(host))
    .map(
      (host) =>
        `no StorageClass, hosts file or --parent names host ${shown(host)}${suggestion(host, known)}`,
    );
  if (problems.length > 0) throw new UsageError(problems);
  return hosts.length === 0 ? questions : questions.filter(({ host }) => hosts.includes(host));
}
