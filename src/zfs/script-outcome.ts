/** What the end of an exec means: its frames, or the typed error that it stands for. */
import type { ScriptResult } from '../host/command.ts';
import type { ProvisionerError } from '../errors.ts';
import { aftermathOf } from './aftermath.ts';
import type { DatasetLocation } from './dataset-identity.ts';
import { OutputUnreadableError, place, shorten } from './dataset-errors.ts';
import { classifyFailure } from './failure.ts';
import { exitCodes, isComplete, lastFields, linesOf, parseFrames } from './frames.ts';
import type { Frame } from './frames.ts';
import { errorOfRefusal } from './refusal.ts';

/**
 * The frames of a script that did its work.
 * @throws the classes of dataset-errors.ts
 */
export function framesOf(location: DatasetLocation, result: ScriptResult, nonce: string): Frame[] {
  const frames = parseFrames(result.stdout, nonce);
  const { exitCode } = result;
  if (isComplete(frames, exitCode)) {
    if (exitCode === exitCodes.done) return frames;
    if (exitCode === exitCodes.reported) throw reportedError(location, frames);
  }
  // Without a first frame the script never ran: no shell, no right to run it, a forced command.
  if (frames.length === 0 && exitCode !== exitCodes.done) {
    const stderr = [result.stderr, result.stdout]
      .map((text) => text.trim())
      .join('\n')
      .trim();
    throw classifyFailure({ ...location, step: 'starting sh', exitCode, stderr, aftermath: '' });
  }
  throw new OutputUnreadableError(
    location,
    `${place(location)}: the script ended with exit code ${exitCode} and did not say how it went ` +
      `(${shorten(result.stderr.trim()) || 'nothing on stderr'}). The next attempt looks before it acts`,
  );
}

/** The error of frames that end with a failure or a refusal. */
export function reportedError(
  location: DatasetLocation,
  frames: readonly Frame[],
): ProvisionerError {
  const refused = lastFields(frames, 'refused');
  if (refused !== undefined) return errorOfRefusal(location, refused, frames);
  const [step = 'an unnamed step', exitCode = ''] = lastFields(frames, 'failed') ?? [];
  return classifyFailure({
    ...location,
    step: stepNames.get(step) ?? step,
    exitCode: Number(exitCode),
    stderr: linesOf(frames, 'stderr').join('\n').trim(),
    aftermath: aftermathOf(frames),
  });
}

const stepNames: ReadonlyMap<string, string> = new Map([
  ['create', 'zfs create'],
  ['read', 'zfs get'],
  ['set', 'zfs set'],
  ['reserve', 'zfs set refreservation'],
  ['inherit', 'zfs inherit'],
  ['mount', 'zfs mount'],
  ['share', 'zfs share'],
  ['unmount', 'zfs unmount'],
  ['destroy', 'zfs destroy'],
  ['destroy-snapshots', 'zfs destroy of the snapshots'],
  ['list', 'zfs list'],
  ['make-trash', 'zfs create of the trash'],
  ['note', 'zfs set'],
  ['rename', 'zfs rename'],
  ['holds', 'zfs get of the snapshots'],
]);
