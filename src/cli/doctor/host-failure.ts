import { ProvisionerError } from '../../errors.ts';
import type { Tried } from '../../zfs/examination.ts';
import { classifyFailure } from '../../zfs/failure.ts';
import { findingsAt } from './finding.ts';
import type { Check, Finding } from './finding.ts';

interface OnHost {
  readonly host: string;
}

/** The shell, or sudo, found no such program. */
export function isMissing(exitCode: number, said: string): boolean {
  return exitCode === 127 || exitCode === 126 || /command not found|not found$/m.test(said);
}

/** Why a command was not run at all: no right, no program. Undefined: it ran. */
export function notRun(
  examined: OnHost,
  check: Check,
  tried: Tried,
  subject: string,
): Finding | undefined {
  const finding = failureOf(examined, check, { tried, subject, step: 'zfs' });
  const isRefusal = finding.code === 'HOST_PERMISSION' || isMissing(tried.exitCode, tried.said);
  return isRefusal ? finding : undefined;
}

interface Failure {
  readonly tried: Tried;
  readonly subject: string;
  readonly step: string;
}

/** In the words of the one place that knows what zfs and sudo print. */
export function failureOf(
  { host }: OnHost,
  check: Check,
  { tried, subject, step }: Failure,
): Finding {
  const { exitCode, said } = tried;
  const location = { host, dataset: subject };
  const error = classifyFailure({ ...location, step, exitCode, stderr: said, aftermath: '' });
  const [seen = '', todo] = error.message.split(' To do: ');
  const fallback =
    'run it by hand on the host as that user, and look at what it says; docs/errors.md explains the code';
  return findingsAt(host).fail(check, {
    ...{ subject, seen },
    todo: todo ?? fallback,
    code: error instanceof ProvisionerError ? error.code : undefined,
  });
}
