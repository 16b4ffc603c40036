/** What is judged of a host that could be logged in to, apart from its pools. Pure. */
import { messageOf, ProvisionerError } from '../../errors.ts';
import type { Examination, Tried } from '../../zfs/examination.ts';
import { span } from '../figures.ts';
import { findingsAt } from './finding.ts';
import type { Finding } from './finding.ts';
import { isMissing } from './host-failure.ts';

/** How the script ended, and when it was sent and came back, by the clock here. */
export interface Examined {
  readonly host: string;
  readonly examination: Examination;
  /** Undefined: it ended by itself. */
  readonly error: unknown;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  /** Of the exec; undefined where its end was not seen. */
  readonly exitCode: number | undefined;
  /** On standard error. */
  readonly stderr: string;
}

const shellTodo =
  'log in as that user and run `sh -s </dev/null`: its login shell has to run commands (ForceCommand, nologin, a broken profile are in the way)';

/** Whether the remote shell runs our script to its end. */
export function judgeShell(examined: Examined): Finding {
  const { host, examination } = examined;
  const { noise } = examination;
  if (examination.isWhole) {
    const more = 'it prints more than was asked for, which does no harm';
    return findingsAt(host).ok(
      'shell',
      `it runs scripts to their end${noise === '' ? '' : `; ${more}: ${cut(noise)}`}`,
    );
  }
  return examination.hasBegun ? unendedScript(examined) : noScript(examined);
}

function unendedScript({ host, examination, error, exitCode }: Examined): Finding {
  const at = examination.doing === undefined ? '' : `, at: ${examination.doing}`;
  const why = error === undefined ? `it ended with exit code ${exitCode ?? '-'}` : messageOf(error);
  return findingsAt(host).fail('shell', {
    seen: `the script began and did not come to its end${at} (${why})`,
    todo: 'run that command on the host by hand; a command that hangs points to a pool that is suspended or a disk that does not answer',
    code: codeOf(error),
  });
}

function noScript({ host, examination, error, exitCode, stderr }: Examined): Finding {
  const said = [examination.noise, stderr.trim()].filter((text) => text !== '').join('; ');
  const how = error === undefined ? `exit code ${exitCode ?? '-'}` : messageOf(error);
  if (said.includes('zfs-provisioner gate: refused')) {
    return findingsAt(host).fail('shell', {
      seen: `its gate lets no script through: ${cut(said)}`,
      todo: 'make the gate of this host anew, from the parents and settings that are in use: kubectl zfs host-setup --print gate',
      code: 'HOST_PERMISSION',
    });
  }
  return findingsAt(host).fail('shell', {
    seen: `no script runs there: ${how}, ${said === '' ? 'it printed nothing' : `it printed: ${cut(said)}`}`,
    todo: shellTodo,
    code: codeOf(error),
  });
}

function codeOf(error: unknown): string {
  return error instanceof ProvisionerError ? error.code : 'OUTPUT_UNREADABLE';
}

const clockLimitMs = 30_000;

/** Times of trash and orphans are compared between host and provisioner. */
export function judgeClock({ host, examination, sentAtMs, endedAtMs }: Examined): Finding {
  const { ok, warn, skipped } = findingsAt(host);
  if (examination.clockSeconds === undefined) return skipped('clock', 'it did not tell its time');
  const hostMs = examination.clockSeconds * 1000;
  // It tells whole seconds, of some moment in between.
  const behindMs = Math.max(0, sentAtMs - (hostMs + 1000));
  const aheadMs = Math.max(0, hostMs - endedAtMs);
  const skewMs = Math.max(behindMs, aheadMs);
  if (skewMs <= clockLimitMs) return ok('clock', 'within half a minute of the clock here');
  return warn('clock', {
    seen: `its clock is ${span(skewMs)} ${behindMs > 0 ? 'behind' : 'ahead of'} the clock here`,
    todo: 'set up NTP on both (chrony, systemd-timesyncd, ntpd): what expires in the trash, and how old an orphan is, goes by both clocks',
  });
}

/** The release of ZFS, and whether program and kernel fit. */
export function judgeZfs({ host, examination }: Examined): Finding {
  const { ok, skipped } = findingsAt(host);
  const { version, system } = examination;
  const on = system === undefined ? '' : ` on ${system}`;
  if (version === undefined) return skipped('zfs', 'it was not asked');
  const releases = version.said.match(/^zfs-(?:kmod-)?\S+/gm) ?? [];
  if (version.exitCode === 0 && releases.length > 0) return judgeReleases(host, releases, on);
  if (version.said.includes('unrecognized command')) {
    return ok('zfs', `a release before 0.8 (it does not tell its version)${on}: no encryption`);
  }
  if (isMissing(version.exitCode, version.said)) {
    return findingsAt(host).fail('zfs', {
      seen: `there is no zfs program where it is looked for: ${cut(version.said)}`,
      todo: 'install ZFS there, or say where its program is: ZFS_BIN, or `zfs` of the host in the hosts file',
      code: 'COMMAND_FAILED',
    });
  }
  // With the rights of root it works: old releases tell nothing to others.
  if (examination.parents.some(({ exitCode }) => exitCode === 0)) {
    return skipped(
      'zfs',
      `it works, and does not tell its version to this user: ${cut(version.said)}`,
    );
  }
  return judgeNoVersion(host, version);
}

function judgeReleases(host: string, releases: readonly string[], on: string): Finding {
  const { ok, warn } = findingsAt(host);
  const [program = '', module = ''] = releases;
  const differ = module !== '' && module.replace('kmod-', '') !== program;
  if (!differ) return ok('zfs', `${releases.join(', ')}${on}`);
  return warn('zfs', {
    seen: `program ${program} and kernel module ${module} are of different releases`,
    todo: 'reboot the host, or load the module of the installed release',
  });
}

function judgeNoVersion(host: string, { exitCode, said }: Tried): Finding {
  return findingsAt(host).fail('zfs', {
    seen: `zfs version ends with exit code ${exitCode}: ${cut(said)}`,
    todo: 'load the kernel module (modprobe zfs), and look at what it says',
    code: 'COMMAND_FAILED',
  });
}

/** Whether anything serves NFS. Only for hosts whose classes need it. */
export function judgeNfs({ host, examination }: Examined): Finding {
  const { ok, fail, skipped } = findingsAt(host);
  if (examination.nfs === 'running') return ok('nfs', 'something listens on port 2049');
  if (examination.nfs !== 'stopped') return skipped('nfs', 'the host does not tell who listens');
  return fail('nfs', {
    seen: 'no NFS server: nothing listens on port 2049',
    todo: 'install and start it (Debian: nfs-kernel-server; FreeBSD: nfs_server_enable=YES): volumes are exported from here, whatever address pods mount them from',
  });
}

/** Whether what the host exports can be read: then each volume's exports are proven. */
export function judgeExports({ host, examination }: Examined): Finding {
  const { ok, warn, skipped } = findingsAt(host);
  const { exportsFiles } = examination;
  if (exportsFiles.length === 0) return skipped('exports', 'ZFS_EXPORTS_FILES names no file');
  const readable = exportsFiles.find(({ state }) => state === 'readable');
  if (readable !== undefined) return ok('exports', `${readable.file} can be read`);
  const states = exportsFiles.map(({ file, state }) => `${file} is ${state}`).join(', ');
  return warn('exports', {
    seen: `to whom volumes are exported cannot be proven: ${states}`,
    todo: 'let the user read one of them (chmod o+r), or name the file that this host keeps its exports in (ZFS_EXPORTS_FILES); before the first export there may be none',
  });
}

export function cut(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/g, '; ');
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
