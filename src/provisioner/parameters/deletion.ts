import { z } from 'zod';

import { isLessSafe, parseOnDelete, waysToDelete } from '../../volume/on-delete.ts';
import { defaultRetention, parseRetention } from '../../volume/retention.ts';
import { shown } from '../../volume/shown.ts';
import { oneOf } from './kinds.ts';

/** What becomes of a volume's dataset when the volume is deleted. */
export const deletionParameters = {
  onDelete: oneOf(waysToDelete).default('destroy').meta({
    description:
      'What becomes of the dataset when its volume is deleted (reclaim policy Delete): it is destroyed, goes into the trash, `<parentDataset>/.trash`, from where it can be had back, or is retained where it is.',
    fallback: 'destroy',
    example: 'trash',
  }),
  trashRetention: z
    .string()
    .refine((text) => parseRetention(text) !== undefined, {
      error: 'must be a time between 1s and 3650d, such as 7d, 36h or 1d12h',
    })
    .default(defaultRetention)
    .meta({
      description: 'How long it stays in the trash before it is destroyed: `7d`, `36h`, `1d12h`.',
      fallback: defaultRetention,
      example: '30d',
    }),
};

/** What a claim asks for itself by annotations, in the words of the class's parameters. */
interface Wishes {
  readonly onDelete: string | undefined;
  readonly trashRetention: string | undefined;
  /** The annotation that a parameter's wish stands in. */
  readonly annotationOf: (parameter: 'onDelete' | 'trashRetention') => string;
  /** Whether the class lets claims say it. */
  readonly isListed: boolean;
}

/**
 * What claims may not ask for: less safety than their class gives; and to be retained, which leaves datasets that
 * nobody removes, only where the class lets them. To be put into the trash they may always ask.
 */
export function deletionProblems(
  parameters: Readonly<Record<string, string>>,
  className: string,
  wishes: Wishes,
): readonly string[] {
  return [
    ...wayProblems(parameters['onDelete'], className, wishes),
    ...retentionProblems(parameters['trashRetention'] ?? defaultRetention, className, wishes),
  ];
}

/** What is no way at all is told by who checks the parameters. */
function wayProblems(
  given: string | undefined,
  className: string,
  { onDelete, annotationOf, isListed }: Wishes,
): readonly string[] {
  const before = parseOnDelete(given ?? '') ?? 'destroy';
  const asked = parseOnDelete(onDelete ?? '') ?? before;
  const wish = `annotation ${annotationOf('onDelete')} ${shown(asked)}`;
  if (isLessSafe(asked, before)) {
    return [
      `${wish} is less safe than StorageClass ${className} has it (onDelete: ${before}): a claim may only ask for more`,
    ];
  }
  if (asked === 'retain' && before !== 'retain' && !isListed) {
    return [
      `${wish} needs onDelete in parameter claimOverrides of StorageClass ${className}; "trash" does not`,
    ];
  }
  return [];
}

function retentionProblems(
  given: string,
  className: string,
  { trashRetention, annotationOf }: Wishes,
): readonly string[] {
  if (trashRetention === undefined) return [];
  const askedMs = parseRetention(trashRetention);
  if (askedMs === undefined || askedMs >= (parseRetention(given) ?? 0)) return [];
  return [
    `annotation ${annotationOf('trashRetention')} ${shown(trashRetention)} is shorter than StorageClass ${className} has it (trashRetention: ${given}): a claim may only ask for more`,
  ];
}
