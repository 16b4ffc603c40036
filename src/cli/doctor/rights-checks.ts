/** What is judged of the rights that the user has on a host, tried on names that nothing has. Pure. */
import type { Tried } from '../../zfs/examination.ts';
import { findingsAt } from './finding.ts';
import type { Finding } from './finding.ts';
import { cut } from './host-checks.ts';
import type { Examined } from './host-checks.ts';
import { failureOf, isMissing, notRun } from './host-failure.ts';
import type { StorageQuestion } from './storage-checks.ts';

/** Whether zfs may be run with the rights that it needs. */
export function judgeSudo(examined: Examined): readonly Finding[] {
  const { host, examination } = examined;
  const { ok, skipped } = findingsAt(host);
  if (examination.parents.length === 0) {
    return [skipped('sudo', 'no parent is known in which rights could be tried')];
  }
  return examination.parents.map((parent) => {
    const subject = parent.dataset;
    const { rights, wouldRun } = parent;
    const tried = rights.get('zfs');
    if (tried === undefined) {
      if (parent.exitCode === 0) return skipped('sudo', 'the script did not get so far', subject);
      const finding = notRun(examined, 'sudo', parent, subject);
      return finding ?? skipped('sudo', 'the parent cannot be read', subject);
    }
    const failure = isAbsence(tried.said)
      ? undefined
      : (notRun(examined, 'sudo', tried, subject) ??
        failureOf(examined, 'sudo', { tried, subject, step: 'zfs set' }));
    if (failure !== undefined) return failure;
    const refused = [...wouldRun].filter(([, { exitCode }]) => exitCode !== 0);
    if (refused.length > 0) return refusedBySudo(examined, subject, refused);
    const how = wouldRun.size > 0 ? 'by sudo without a password' : 'without a question';
    return ok('sudo', `zfs runs there ${how} for all that is needed`, subject);
  });
}

function refusedBySudo(
  { host }: Examined,
  subject: string,
  refused: readonly (readonly [string, Tried])[],
): Finding {
  const verbs = refused.map(([verb]) => `zfs ${verb}`).join(', ');
  return findingsAt(host).fail('sudo', {
    subject,
    seen: `sudo does not allow ${verbs} below ${subject}`,
    todo: 'make its rules anew: kubectl zfs host-setup --print sudoers, with this parent',
    code: 'HOST_PERMISSION',
  });
}

/** Whether chmod, chown and setfacl may be run, as far as classes need them. */
export function judgeTools(examined: Examined, { tools }: StorageQuestion): Finding {
  const { host, examination } = examined;
  const { ok, skipped } = findingsAt(host);
  const tried = examination.parents.flatMap(({ dataset, rights }) =>
    [...rights].flatMap(([tool, each]) =>
      tool === 'zfs' ? [] : [{ tool, subject: dataset, tried: each }],
    ),
  );
  if (tried.length === 0) return skipped('tools', 'no mounted parent to try them in');
  for (const { tool, subject, tried: each } of tried) {
    if (/No such file or directory$/m.test(each.said)) continue;
    const failure = failureOf(examined, 'tools', { tried: each, subject, step: tool });
    const { said } = each;
    if (isMissing(each.exitCode, said)) {
      const todo = `install ${tool} there, or say how it is called (ZFS_CHOWN_BIN, ZFS_OWNER_BIN, ZFS_ACL_BIN); classes need it`;
      return { ...failure, seen: `${tool} cannot be run: ${cut(said)}`, todo };
    }
    return failure;
  }
  return ok('tools', `${[...tools].join(', ')} may be run on new volumes`);
}

/** The name that was tried is nobody's: the command ran. */
function isAbsence(said: string): boolean {
  return /: (dataset does not exist|no such dataset)$/m.test(said);
}
