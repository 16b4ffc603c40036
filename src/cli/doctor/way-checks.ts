/** What is judged of the way to a host: from the port to the login. Pure. */
import { messageOf } from '../../errors.ts';
import { HostAuthenticationError, HostKeyError } from '../../host/command.ts';
import { failed } from './cluster-checks.ts';
import { findingsAt } from './finding.ts';
import type { Check, Finding } from './finding.ts';

/** How the attempt to log in ended. */
export interface Way {
  readonly host: string;
  /** It is this machine. */
  readonly isHere: boolean;
  /** Why there is no connection; undefined: there is one. */
  readonly dialError: unknown;
  /** Where there is none: why the port does not answer; undefined: it does. */
  readonly knockError: unknown;
}

/** What could not be looked at without a login. */
export function skippedAll(
  where: string,
  names: readonly Check[],
  why: string,
): readonly Finding[] {
  return names.map((check) => findingsAt(where).skipped(check, why));
}

const todos = {
  tcp: 'see to it that the name is right and known to DNS, the host is up, its sshd runs, and nothing in between drops the port',
  hostKey:
    'compare the fingerprint on the host itself, then record the key in known_hosts or the hosts file',
  login:
    'look at the log of sshd there; ZFS_SSH_* variables and the hosts file say how it is tried',
  handshake:
    'look whether sshd is overloaded or hangs (MaxStartups, its log, the load of the host)',
};

export function judgeWay({ host, isHere, dialError, knockError }: Way): readonly Finding[] {
  const { ok, skipped } = findingsAt(host);
  if (isHere) return skippedAll(host, ['tcp', 'host-key', 'login'], 'it is this machine');
  if (dialError === undefined) {
    return [
      ok('tcp', 'its port answers'),
      ok('host-key', 'it is the recorded one'),
      ok('login', 'the key is accepted'),
    ];
  }
  const at = (check: Check, todo: string): Finding => ({
    ...failed(check, dialError, todo),
    where: host,
  });
  const tcp =
    knockError === undefined
      ? ok('tcp', 'its port answers')
      : { ...failed('tcp', knockError, todos.tcp), where: host };
  if (dialError instanceof HostKeyError) {
    return [tcp, at('host-key', todos.hostKey), skipped('login', 'its host key is not trusted')];
  }
  if (dialError instanceof HostAuthenticationError) {
    const wasAsked = isRefusalOfUser(dialError);
    const key = wasAsked
      ? ok('host-key', 'it is the recorded one')
      : skipped('host-key', 'there is no key to log in with, so it was not asked for');
    return [tcp, key, at('login', todos.login)];
  }
  if (knockError !== undefined) {
    return [tcp, ...skippedAll(host, ['host-key', 'login'], 'its port does not answer')];
  }
  return [
    tcp,
    skipped('host-key', 'it was not told: the login did not get so far'),
    at('login', todos.handshake),
  ];
}

/** The host's key was proven before it refused ours (RFC 4253, then 4252). */
function isRefusalOfUser({ cause }: Error): boolean {
  const level = (cause as { readonly level?: unknown } | undefined)?.level;
  return level === 'client-authentication';
}

/** How many sessions of those asked for at once were opened. */
export interface SessionsTried {
  readonly host: string;
  readonly asked: number;
  /** For each that was not opened, why. */
  readonly refusals: readonly unknown[];
}

export function judgeSessions({ host, asked, refusals }: SessionsTried): Finding {
  const { ok, fail } = findingsAt(host);
  const opened = asked - refusals.length;
  if (refusals.length === 0) return ok('sessions', `${asked} at once on one connection`);
  return fail('sessions', {
    seen: `only ${opened} of ${asked} sessions were opened at once on one connection: ${messageOf(refusals[0])}`,
    todo: `raise MaxSessions in sshd_config there to ${asked + 4} or more (10 is its default), or set ZFS_SSH_CHANNELS to ${Math.max(1, opened)} or less`,
    code: 'HOST_UNREACHABLE',
  });
}
