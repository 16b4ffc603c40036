import { expect } from '@jest/globals';
import type { LogLine, ProvisionerProcess } from './bench/provisioner-process.ts';
import { eventually } from './bench/eventually.ts';
import type { Stage } from './stage.ts';

/** Of an event's message. */
interface Refusal {
  /** Of the error. */
  readonly code: string;
  readonly text: string;
}

/** What is due later than that is no busy loop: `slow` waits for 15 s at least, `on-change` for 7 minutes. */
const rarelyMs = 15_000;
/** Each change of the volume or its claim is a reason to look again. */
const mostAttempts = 3;

/**
 * Resolves with the event's message once the deletion of a volume was refused, and all that is promised of a
 * refusal holds: one event, a metric, no attempt but after a change, and the volume waits.
 */
export async function untilRefused(
  stage: Stage,
  volumeName: string,
  { code, text }: Refusal,
  provisioner: ProvisionerProcess = stage.provisioner,
): Promise<string> {
  const { type, message } = await stage.untilEvent(volumeName, 'VolumeFailedDelete', text);
  expect(type).toBe('Warning');
  const failures = provisioner.log.filter((line) => isFailureOf(volumeName, line));
  expect(failures.map((failure) => failure['code'])).toEqual(failures.map(() => code));
  expect(failures.length).toBeLessThanOrEqual(mostAttempts);
  for (const { retryInMs } of failures) expect(retryInMs).toBeGreaterThanOrEqual(rarelyMs);
  expect(await failuresCounted(provisioner, code)).toBeGreaterThan(0);
  const events = await stage.events(volumeName);
  expect(events.filter(({ reason }) => reason === 'VolumeFailedDelete')).toHaveLength(1);
  expect(await stage.volume(volumeName)).toMatchObject({ status: { phase: 'Released' } });
  return message;
}

function isFailureOf(volumeName: string, { msg, key }: LogLine): boolean {
  return msg === 'reconciling volumes failed' && key === volumeName;
}

async function failuresCounted(provisioner: ProvisionerProcess, code: string): Promise<number> {
  const series = `zfs_provisioner_reconcile_errors_total{kind="volume",code="${code}"}`;
  const line = (await provisioner.metrics()).split('\n').find((each) => each.startsWith(series));
  return Number(line?.split(' ').at(-1) ?? 0);
}

/** Resolves once a volume that has nothing to do with it was made and deleted: there was time to do harm. */
export async function untilOthersWereServed(stage: Stage, className: string): Promise<void> {
  const name = `meanwhile-${Math.round(performance.now())}`;
  const { metadata } = await stage.provision({ name, className });
  await stage.deleteClaim(name);
  await stage.untilVolumeGone(metadata.name);
  await eventually('its dataset is gone', async () => {
    const datasets = await stage.datasetNames();
    return !datasets.some((dataset) => dataset.endsWith(metadata.name));
  });
}

/** Takes the volumes that wait for their deletion out of the cluster, so that no later attempt is counted elsewhere. */
export async function forgetReleased(stage: Stage): Promise<void> {
  const released = (await stage.volumes()).filter(({ status }) => status?.phase === 'Released');
  for (const { metadata } of released) {
    await stage.deleteVolume(metadata.name);
    await eventually(`${metadata.name} is forgotten`, async () => {
      await stage
        .patchVolume(metadata.name, { metadata: { finalizers: [] } })
        .catch(() => undefined);
      return (await stage.volume(metadata.name)) === undefined;
    });
  }
}
