import type { z } from 'zod';

import { ProvisionerError } from '../errors.ts';
import type { DriftKind } from '../volume/drift-kinds.ts';
import type { ConsoleSettings } from './console-variables.ts';
import { consoleFrom } from './console-variables.ts';
import type { LeaseSettings } from './lease-variables.ts';
import { leaseFrom } from './lease-variables.ts';
import type { LogLevel } from './process-variables.ts';
import type { SshSettings } from './ssh-variables.ts';
import { sshFrom } from './ssh-variables.ts';
import { settingsSchema, type SettingsVariables } from './variables.ts';
import type { UsageSettings } from './work-variables.ts';
import { usageFrom } from './work-variables.ts';
import type { ZfsSettings } from './zfs-variables.ts';
import { zfsFrom } from './zfs-variables.ts';

/** What the administrator decided: complete, checked, frozen. docs/settings.md tells what each means. */
export interface Settings {
  readonly instance: string;
  readonly namespace: string;
  /** Undefined: the service account of the pod. */
  readonly kubeConfigPath: string | undefined;
  /** Of the API server: silent for so long, a watch counts as dead. */
  readonly watchIdleTimeoutMs: number;
  readonly logLevel: LogLevel;
  readonly http: { readonly address: string; readonly port: number };
  readonly ssh: SshSettings;
  readonly zfs: ZfsSettings;
  readonly lease: LeaseSettings;
  readonly usage: UsageSettings;
  /** Undefined: hosts are what classes name. */
  readonly hostsFile: string | undefined;
  readonly workersPerHost: number;
  readonly waitingNoticeMs: number;
  readonly orphanGraceMs: number;
  /** 0: no limit. */
  readonly maxDestroysPerMinute: number;
  /** 0: what has expired in the trash is never destroyed. */
  readonly trashSweepIntervalMs: number;
  /** What is repaired by itself. */
  readonly autoRepair: readonly DriftKind[];
  readonly delayCapacity: boolean;
  readonly shutdownGraceMs: number;
  /** Undefined: there is no status page. */
  readonly console: ConsoleSettings | undefined;
  /** What is legal and still looks like a mistake; for the log. */
  readonly warnings: readonly string[];
}

/** The environment is wrong: every problem at once, none of them with a secret in it. */
export class SettingsError extends ProvisionerError {
  readonly code = 'SETTINGS_INVALID';
  readonly retry = 'on-change';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the environment has ${problems.length} problem(s): ${problems.join('; ')}`);
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Surroundings {
  /** Content of the service account's namespace file, where there is one. */
  readonly serviceAccountNamespace?: string | undefined;
}

/**
 * Reads the settings from environment variables; an empty variable counts as not set.
 * @throws SettingsError that lists every problem
 */
export function parseSettings(env: Environment, surroundings: Surroundings = {}): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) throw new SettingsError(parsed.error.issues.map((i) => problem(given, i)));
  return deepFreeze(settingsFrom(parsed.data, surroundings, warningsAbout(given)));
}

function problem(given: Environment, issue: z.core.$ZodIssue): string {
  const name = String(issue.path[0]);
  const value = given[name];
  const shown =
    value === undefined
      ? 'is not set'
      : isSecret(name)
        ? 'is wrong (its value is not shown)'
        : `is ${JSON.stringify(cut(value))}`;
  const hint =
    value?.startsWith('tcp://') === true
      ? ' (Kubernetes sets such values for Services: enableServiceLinks: false in the pod prevents it)'
      : '';
  return `${name} ${shown}: expected ${issue.message}${hint}`;
}

function isSecret(name: string): boolean {
  return field(name)?.meta()?.['secret'] === true;
}

function field(name: string): z.ZodType | undefined {
  const { shape } = settingsSchema;
  return Object.hasOwn(shape, name) ? shape[name as keyof typeof shape] : undefined;
}

function cut(value: string): string {
  return value.length > 100 ? `${value.slice(0, 100)}…` : value;
}

const flags = ['ZFS_SSH_HOSTKEY_TOFU', 'ZFS_SSH_REQUIRETTY', 'ZFS_EXEC_LOCAL'] as const;
// What Kubernetes adds for a Service named zfs-...; nobody wrote it.
const serviceLink =
  /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/;

function warningsAbout(given: Environment): string[] {
  const mistaken = flags
    .filter((name) => !/^(true|false|False|FALSE|f|no|n|off|0)$/.test(given[name] ?? 'false'))
    .map((name) => `${name}=${cut(given[name] ?? '')} counts as false: only true turns it on`);
  const unknown = Object.keys(given)
    .filter(
      (name) => name.startsWith('ZFS_') && field(name) === undefined && !serviceLink.test(name),
    )
    .map((name) => `${name} is not a setting: is it misspelt?`);
  return [...mistaken, ...unknown];
}

function settingsFrom(
  v: SettingsVariables,
  { serviceAccountNamespace }: Surroundings,
  warnings: readonly string[],
): Settings {
  return {
    instance: v.ZFS_PROVISIONER_INSTANCE,
    namespace: v.POD_NAMESPACE ?? trimmed(serviceAccountNamespace) ?? 'default',
    kubeConfigPath: v.ZFS_KUBE_CONFIG_PATH ?? v.KUBECONFIG,
    watchIdleTimeoutMs: v.ZFS_WATCH_IDLE_TIMEOUT,
    logLevel: v.ZFS_LOG_LEVEL,
    http: { address: v.ZFS_METRICS_ADDR, port: v.ZFS_METRICS_PORT },
    ssh: sshFrom(v),
    zfs: zfsFrom(v),
    lease: leaseFrom(v),
    usage: usageFrom(v),
    hostsFile: v.ZFS_HOSTS_FILE,
    workersPerHost: v.ZFS_WORKERS,
    waitingNoticeMs: v.ZFS_WAITING_NOTICE,
    orphanGraceMs: v.ZFS_ORPHAN_GRACE,
    maxDestroysPerMinute: v.ZFS_MAX_DESTROYS_PER_MINUTE,
    trashSweepIntervalMs: v.ZFS_TRASH_SWEEP_INTERVAL,
    autoRepair: v.ZFS_AUTO_REPAIR ?? [],
    delayCapacity: v.ZFS_DELAY_CAPACITY,
    shutdownGraceMs: v.ZFS_SHUTDOWN_GRACE,
    console: consoleFrom(v),
    warnings,
  };
}

function trimmed(content: string | undefined): string | undefined {
  const text = content?.trim();
  return text === '' ? undefined : text;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) deepFreeze(part as object);
  }
  return Object.freeze(value);
}
