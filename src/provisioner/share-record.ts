import { z } from 'zod';

import { InvalidRequestError } from '../errors.ts';
import { volumeAnnotations } from '../volume/annotations.ts';
import { sharingParameters } from './parameters/sharing.ts';
import { formatShareClients } from './share-clients.ts';

const { shareClients, shareMode, squash, anonuid, anongid, security, fsid } = sharingParameters;

const schema = z.strictObject({
  shareClients: shareClients.unwrap(),
  ...{ shareMode, squash, anonuid, anongid, security, fsid },
});

/** The parameters that a volume is shared by, of its class when it was made: enough to share it again. */
export type SharedBy = Readonly<z.output<typeof schema>>;

/** For the volume's annotation: the parameters as a class has them, in JSON. */
export function formatShareRecord(shared: SharedBy): string {
  const { anonuid: uid, anongid: gid } = shared;
  return JSON.stringify({
    shareClients: formatShareClients(shared.shareClients),
    shareMode: shared.shareMode,
    squash: shared.squash,
    ...(uid !== undefined && { anonuid: String(uid) }),
    ...(gid !== undefined && { anongid: String(gid) }),
    security: shared.security.join(':'),
    fsid: shared.fsid,
  });
}

/**
 * Reads the annotation, which anyone who may write volumes can have edited.
 * @throws InvalidRequestError where it is not one
 */
export function parseShareRecord(text: string): SharedBy {
  const parsed = schema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  throw new InvalidRequestError([
    `annotation ${volumeAnnotations.sharing} cannot be read: ${problems.join(', ')}`,
  ]);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
