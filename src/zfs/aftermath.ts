import { formatBytes } from '../volume/format-bytes.ts';
import { lastFields } from './frames.ts';
import type { Frame } from './frames.ts';

/**
 * What a verb that failed left behind, as sentences for people, each with a blank before it. Empty where
 * nothing was changed.
 */
export function aftermathOf(frames: readonly Frame[]): string {
  const sentences = [
    ...shortageIn(frames),
    ...holdersOf(frames),
    ...changesIn(frames),
    ...useIn(frames),
  ];
  return sentences.map((sentence) => ` ${sentence}`).join('');
}

function changesIn(frames: readonly Frame[]): string[] {
  const [undone] = lastFields(frames, 'undone') ?? [];
  const sentences: string[] = [];
  if (undone === 'yes') sentences.push('What this attempt had changed was undone.');
  if (undone === 'no') sentences.push('What this attempt had changed could not be undone.');
  const [renamed] = lastFields(frames, 'renamed') ?? [];
  if (renamed !== undefined)
    sentences.push(`It is called ${renamed} again: repeat this to do what is left.`);
  if (lastFields(frames, 'snapshots') !== undefined) sentences.push('Its snapshots are gone.');
  return sentences;
}

function useIn(frames: readonly Frame[]): string[] {
  const [mounted, shared] = lastFields(frames, 'restored') ?? [];
  const sentences: string[] = [];
  if (mounted === 'yes' && shared === 'yes') sentences.push('It is mounted and shared as before.');
  if (mounted === 'no') sentences.push('It could not be mounted again.');
  if (shared === 'no') sentences.push('It could not be shared again.');
  return sentences;
}

/** How much room the parent has, and how much of it is missing. */
function shortageIn(frames: readonly Frame[]): string[] {
  const [available = '', reserved = ''] = lastFields(frames, 'available') ?? [];
  if (!/^\d+$/.test(available) || !/^\d+$/.test(reserved)) return [];
  const missing = BigInt(reserved) - BigInt(available);
  return [
    `The parent has ${formatBytes(BigInt(available))} available, ${formatBytes(BigInt(reserved))} are to be reserved: ` +
      (missing > 0n
        ? `${formatBytes(missing)} ${missing === 1n ? 'is' : 'are'} missing.`
        : 'ZFS keeps some for itself.'),
  ];
}

const shownHolders = 5;

/** Who keeps it busy: a frame for each process, or one without fields where the host itself still has it mounted. */
function holdersOf(frames: readonly Frame[]): string[] {
  const holders = frames.filter((frame) => frame.kind === 'holder').map(({ fields }) => fields);
  if (holders.length === 0) return [];
  const processes = holders.filter((fields) => fields.length > 0);
  if (processes.length === 0)
    return ['It is in use on the host itself, or by an NFS client that used it a moment ago.'];
  const shown = processes.slice(0, shownHolders).map(([pid = '', name = '', pod = '']) => {
    const where = pod === '' ? '' : ` of pod ${pod.replaceAll('_', '-')}`;
    return `${name}${where} (pid ${pid})`;
  });
  const more = processes.length - shown.length;
  return [`It is mounted by ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`];
}
