import { z } from 'zod';

import { flag, oneOf } from './kinds.ts';

/** How a volume is held to its size, and what counts against it. */
export const spaceParameters = {
  reserveSpace: flag.default(true).meta({
    description: 'Thick (`refreservation` = request) or thin.',
    fallback: 'true',
    example: 'false',
    classic: '1.3',
  }),
  quota: oneOf(['refquota', 'quota', 'both']).default('refquota').meta({
    description:
      'What holds a volume to its size: `refquota` counts its files alone, `quota` its snapshots too (of a thick volume, none can be taken once it holds data), `both` sets both.',
    fallback: 'refquota',
    example: 'quota',
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
  foreignSnapshots: oneOf(['keep', 'destroy']).default('keep').meta({
    description:
      'Where snapshots are destroyed with the dataset: whether those of other tools are too, by their names (sanoid, syncoid, zrepl, zfs-auto-snapshot, pyznap, Proxmox, TrueNAS), or keep it. What `zfs hold` holds always keeps it.',
    fallback: 'keep',
    example: 'destroy',
  }),
};
