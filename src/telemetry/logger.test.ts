import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { FakeClock } from '../../test/support/fake-clock.ts';
import { InvalidRequestError, InvariantError, ProvisionerError } from '../errors.ts';
import { createLogger, type LoggerParts, type ProcessLogger } from './logger.ts';

function recording(parts: Partial<LoggerParts> = {}): {
  log: ProcessLogger;
  text: () => string;
  last: () => Record<string, unknown>;
} {
  const lines: string[] = [];
  const log = createLogger({
    level: 'trace',
    clock: new FakeClock(),
    destination: { write: (line) => void lines.push(line) },
    ...parts,
  });
  return {
    log,
    text: () => lines.join(''),
    last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>,
  };
}

class HostDownError extends ProvisionerError {
  readonly code = 'HOST_DOWN';
  readonly retry = 'backoff';
  readonly host = 'storage-1';
  readonly dataset = 'tank/a';
}

describe('a log line', () => {
  it('is JSON with level, time, fields and message', () => {
    const { log, text } = recording();

    log
      .child({ component: 'controller' })
      .info({ claim: 'a/b', sizeBytes: 2n ** 60n }, 'volume provisioned');

    expect(text()).toBe(
      '{"level":"info","time":"2026-01-01T00:00:00.000Z","component":"controller","claim":"a/b",' +
        '"sizeBytes":1152921504606846976,"msg":"volume provisioned"}\n',
    );
  });

  it('is left out below the level', () => {
    const { log, text } = recording({ level: 'warn' });

    log.info({}, 'volume provisioned');
    log.child({ component: 'a' }).debug({}, 'command ended');

    expect(text()).toBe('');
  });

  it('stays one line whatever the values are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (reason, secret) => {
          const { log, text, last } = recording({ secrets: [secret] });

          log.info({ reason, command: [secret] }, 'command ended');

          expect(text().indexOf('\n')).toBe(text().length - 1);
          expect(last()).toHaveProperty('msg');
        },
      ),
    );
  });
});

describe('an error in the log', () => {
  it('keeps code, host, dataset and the chain of causes', () => {
    const { log, last } = recording();
    const refused = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      port: 22,
    });

    log.warn({ err: new HostDownError('no route', { cause: refused }) }, 'reconcile failed');

    expect(last()['err']).toEqual({
      type: 'HostDownError',
      message: 'no route',
      code: 'HOST_DOWN',
      retry: 'backoff',
      host: 'storage-1',
      dataset: 'tank/a',
      cause: {
        type: 'Error',
        message: 'connect ECONNREFUSED',
        code: 'ECONNREFUSED',
        port: 22,
        stack: expect.stringContaining('logger.test.ts') as unknown,
      },
    });
  });

  it('lists every problem of a request', () => {
    const { log, last } = recording();

    log.warn({ err: new InvalidRequestError(['a', 'b']) }, 'reconcile failed');

    expect(last()['err']).toMatchObject({ problems: ['a', 'b'] });
  });

  it('has a stack when it is our mistake', () => {
    const { log, last } = recording();

    log.error({ err: new InvariantError('cannot be') }, 'reconcile failed');

    expect(last()['err']).toHaveProperty('stack');
  });

  it.each([
    ['a string', 'text', 'text'],
    ['undefined', undefined, undefined],
    ['an object without a text', Object.create(null), 'something without a text'],
  ])('may be %s', (_what, err, message) => {
    const { log, last } = recording();

    log.error({ err }, 'reconcile failed');

    expect((last()['err'] as { message?: string } | undefined)?.message).toBe(message);
  });

  it('ends a chain of causes that bites its tail, and cuts long messages', () => {
    const { log, text } = recording();
    const error = new HostDownError('x'.repeat(100_000));
    error.cause = error;

    log.error({ err: error }, 'reconcile failed');

    expect(text().length).toBeLessThan(40_000);
  });

  it('shows nothing that merely hangs on it', () => {
    const { log, text } = recording();

    log.error({ err: Object.assign(new Error('x'), { config: 'c4n4ry' }) }, 'reconcile failed');

    expect(text()).not.toContain('c4n4ry');
  });
});

describe('a secret', () => {
  const canary = 'c4n4ry-"quoted"\\-pass';
  const key = `-----BEGIN OPENSSH PRIVATE KEY-----\nc4n4ry\nc4n4ry==\n-----END OPENSSH PRIVATE KEY-----\n`;
  const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJjNG40cnkifQ.c4n4ry-signature';

  const places: [string, Readonly<Record<string, unknown>>][] = [
    ['a field named like a secret', { keyPassphrase: 'c4n4ry' }],
    ['the settings', { settings: { ssh: { keyPassphrase: 'c4n4ry', privateKey: 'c4n4ry' } } }],
    ['headers', { request: { headers: { authorization: 'c4n4ry' } } }],
    ['a kubeconfig user', { user: { token: 'c4n4ry', password: 'c4n4ry' } }],
    ['a command that holds the passphrase', { command: ['ssh', canary] }],
    ['an error that quotes the passphrase', { err: new Error(`bad passphrase ${canary}!`) }],
    [
      'a cause that quotes the key',
      { err: new Error('x', { cause: new Error(`bad key ${key}`) }) },
    ],
    ['a key that was cut', { reason: key.slice(0, 50) }],
    ['a key that was cut and quoted', { reason: `the key "${key.slice(0, 50)}" is bad` }],
    ['a bearer token in a text', { reason: 'sent Authorization: Bearer c4n4ry.c4n4ry' }],
    ['a service account token in a text', { err: new Error(`refused ${jwt}`) }],
  ];

  it.each(places)('is blacked out in %s', (_place, fields) => {
    const { log, text, last } = recording({ secrets: [canary] });

    log.error(fields, 'reconcile failed');
    log.child(fields).info({}, 'reconcile failed');

    expect(text()).toContain('[redacted]');
    expect(text()).not.toContain('c4n4ry');
    expect(last()['msg']).toBe('reconcile failed');
  });

  it('does not black out ordinary words when it is very short', () => {
    const { log, last } = recording({ secrets: ['a', ''] });

    log.info({ claim: 'a/a' }, 'volume provisioned');

    expect(last()).toMatchObject({ claim: 'a/a', msg: 'volume provisioned' });
  });
});
