import { z } from 'zod';

/**
 * OpenZFS before 2.2.10, 2.3.8 and 2.4.3 writes control characters into the exports file as they are,
 * where a line break starts another export.
 */
const shareProperties = z
  .string()
  .min(1, 'must not be empty (leave it out for "on")')
  .max(4096, 'is longer than 4096 characters')
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not contain control characters')
  .refine(
    (text) => text !== 'off',
    'must not be "off": a volume that is not shared cannot be mounted',
  );

/** Who may mount a volume over NFS, and how. */
export const sharingParameters = {
  shareProperties: shareProperties.default('on').meta({
    description: 'Value of `sharenfs`, for nfs and auto.',
    fallback: 'on',
    example: 'rw=@10.0.0.0/8,no_root_squash',
    classic: '1.0',
  }),
};
