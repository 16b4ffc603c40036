import { z } from 'zod';

import { flag } from './kinds.ts';

/** How a volume is held to its size, and what counts against it. */
export const spaceParameters = {
  reserveSpace: flag.default(true).meta({
    description: 'Thick (`refreservation` = request) or thin.',
    fallback: 'true',
    example: 'false',
    classic: '1.5',
  }),
  destroySnapshots: z
    .union([z.literal('').transform(() => true), flag])
    .default(true)
    .meta({
      description: 'Whether snapshots of the dataset are destroyed with it. If not, they keep it.',
      fallback: 'true',
      example: 'false',
      classic: '1.6',
    }),
};
