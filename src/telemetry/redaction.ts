/**
 * Keeps secrets out of the log, in two ways: fields that are named like a secret are never written, and
 * a finished line is searched for what looks like one (a secret inside a message, a path, an argument).
 */
const secretFields = [
  'keyPassphrase',
  'passphrase',
  'password',
  'privateKey',
  'token',
  'secret',
  'authorization',
  'Authorization',
];

export const censor = '[redacted]';

/** Paths for pino, as deep as our fields ever nest. */
export const secretPaths: readonly string[] = ['', '*.', '*.*.'].flatMap((prefix) =>
  secretFields.map((field) => prefix + field),
);

// Escaped characters are taken as a whole, so that a cut never splits one and the line stays JSON.
const privateKey =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\.|[^"\\])*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?="))/g;
const bearer = /\bBearer [\w.~+/-]+=*/g;
const jsonWebToken = /\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*/g;

/** Shorter ones would black out ordinary words. */
const minSecretLength = 4;

/** @returns a function that blacks out these secrets, private keys and tokens in a line of JSON */
export function lineRedactor(secrets: readonly string[]): (line: string) => string {
  const escaped = secrets
    .filter((secret) => secret.length >= minSecretLength)
    .map((secret) => JSON.stringify(secret).slice(1, -1));
  return (line) => {
    let redacted = line
      .replace(privateKey, censor)
      .replace(bearer, `Bearer ${censor}`)
      .replace(jsonWebToken, censor);
    for (const secret of escaped) redacted = redacted.replaceAll(secret, censor);
    return redacted;
  };
}
