import { describe, expect, it } from '@jest/globals';

import { InvalidRequestError } from '../errors.ts';
import { HostKeyError, HostUnreachableError } from '../host/command.ts';
import { KubeConflictError, KubeUnavailableError } from '../kube/api-error.ts';
import { failureOf } from './outcome.ts';

describe('a failure', () => {
  it.each([
    [new InvalidRequestError(['a', 'b']), 'REQUEST_INVALID', 'on-change', 'warn', true],
    [new HostUnreachableError('h', 'no answer'), 'HOST_UNREACHABLE', 'backoff', 'warn', true],
    [new HostKeyError('h', 'changed'), 'HOST_KEY', 'slow', 'error', true],
    [new KubeConflictError('changed'), 'KUBE_CONFLICT', 'backoff', 'debug', false],
    [new TypeError('x is not a function'), 'BUG', 'backoff', 'error', true],
    ['a string', 'BUG', 'backoff', 'error', true],
  ])('%s is handled by its kind', (...[error, code, retry, level, tellsUser]) => {
    expect(failureOf(error)).toMatchObject({ code, retry, level, tellsUser, error });
  });

  it('says that a mistake is ours', () => {
    expect(failureOf(new TypeError('x')).message).toBe('internal error: x');
    expect(failureOf('x').message).toBe('internal error: x');
  });

  it('waits as long as the API server asks', () => {
    const error = new KubeUnavailableError('busy', { outcomeUnknown: false, retryAfterMs: 7000 });

    expect(failureOf(error).atLeastMs).toBe(7000);
    expect(failureOf(new KubeUnavailableError('x', { outcomeUnknown: false })).atLeastMs).toBe(0);
  });
});
