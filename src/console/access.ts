import { createHash, timingSafeEqual } from 'node:crypto';

/** What a browser is told, so that it asks for a password. */
export const challenge = 'Basic realm="zfs-provisioner", charset="UTF-8", Bearer';

/**
 * Whether a request may read: it names the token as a bearer token (RFC 6750), or as the password of any user
 * (RFC 7617). How long it takes says nothing of the token.
 * @param token undefined: everybody may
 */
export function mayRead(authorization: string | undefined, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = givenIn(authorization ?? '');
  return given !== undefined && timingSafeEqual(digestOf(given), digestOf(token));
}

function givenIn(authorization: string): string | undefined {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+) *$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const credentials = Buffer.from(value, 'base64').toString();
  const colon = credentials.indexOf(':');
  return colon === -1 ? undefined : credentials.slice(colon + 1);
}

/** Of equal length, whatever was given. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
