import type { ProvisionerProcess } from '../bench/provisioner-process.ts';
import { sample } from '../bench/metrics-text.ts';

const metric = 'zfs_provisioner_ssh_exec_duration_seconds';

export interface ExecSeconds {
  readonly count: number;
  readonly seconds: number;
}

/** What the product says of its remote execs of a verb so far. */
export async function execSeconds(
  running: ProvisionerProcess,
  verb: string,
): Promise<ExecSeconds | undefined> {
  return parseExecSeconds(await running.metrics(), verb);
}

/** Sums over hosts; undefined when there is none of the verb. */
export function parseExecSeconds(metrics: string, verb: string): ExecSeconds | undefined {
  const sum = (name: string): number =>
    sample(metrics, new RegExp(`^${metric}_${name}\\{.*verb="${verb}"`));
  const count = sum('count');
  return count === 0 ? undefined : { count, seconds: sum('sum') };
}
