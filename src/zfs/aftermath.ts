import { lastFields } from './frames.ts';
import type { Frame } from './frames.ts';

/**
 * What a verb that failed left behind, as sentences for people, each with a blank before it. Empty where
 * nothing was changed.
 */
export function aftermathOf(frames: readonly Frame[]): string {
  const [undone] = lastFields(frames, 'undone') ?? [];
  const [mounted, shared] = lastFields(frames, 'restored') ?? [];
  const sentences: string[] = [];
  if (undone === 'yes') sentences.push('What this attempt had changed was undone.');
  if (undone === 'no') sentences.push('What this attempt had changed could not be undone.');
  if (lastFields(frames, 'snapshots') !== undefined) sentences.push('Its snapshots are gone.');
  if (mounted === 'yes' && shared === 'yes') sentences.push('It is mounted and shared as before.');
  if (mounted === 'no') sentences.push('It could not be mounted again.');
  if (shared === 'no') sentences.push('It could not be shared again.');
  return sentences.map((sentence) => ` ${sentence}`).join('');
}
