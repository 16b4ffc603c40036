import { readErrors } from './errors-page.ts';

/** The table of `kubectl zfs explain`: a bundle has no comments to read. */
export function errorMeanings(): string {
  const rows = readErrors().map(
    ({ code, retry, meaning }) =>
      `  { code: ${JSON.stringify(code)}, retry: ${JSON.stringify(retry)}, meaning: ${JSON.stringify(meaning)} },`,
  );
  return `// Generated from the comments above the error classes: run \`node scripts/generate-docs.ts\`.
/* eslint-disable max-lines -- a table that grows with the product */
import type { Retry } from '../../errors.ts';

export interface ErrorMeaning {
  readonly code: string;
  readonly retry: Retry;
  readonly meaning: string;
}

/** Every error class of the product, by its code. */
export const errorMeanings: readonly ErrorMeaning[] = [
${rows.join('\n')}
];
`;
}
