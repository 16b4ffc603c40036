import type { z } from 'zod';

interface Documentation {
  readonly description: string;
  readonly example: string;
  /** Its value is never shown. */
  readonly secret?: true;
}

interface Defaulted extends Documentation {
  readonly default: string;
}

interface Optional extends Documentation {
  /** What happens when it is not set. */
  readonly unset: string;
}

export function setting<T>(
  kind: z.ZodType<T, string>,
  documentation: Defaulted,
): z.ZodPrefault<typeof kind> {
  return kind.prefault(documentation.default).meta({ ...kind.meta(), ...documentation });
}

export function optional<T>(
  kind: z.ZodType<T, string>,
  documentation: Optional,
): z.ZodOptional<typeof kind> {
  return kind.optional().meta({ ...kind.meta(), ...documentation });
}
