import { describe, expect, it } from '@jest/globals';

import { mayRead } from './access.ts';

const token = 'correct-horse:battery staple'.replace(' ', '-');
const basic = (credentials: string): string =>
  `Basic ${Buffer.from(credentials).toString('base64')}`;

describe('access to the status page', () => {
  it('is everybody’s where there is no token', () => {
    expect(mayRead(undefined, undefined)).toBe(true);
    expect(mayRead('Bearer x', undefined)).toBe(true);
  });

  it.each([
    `Bearer ${token}`,
    `bearer  ${token}`,
    basic(`anybody:${token}`),
    basic(`:${token}`),
    basic(`admin:${token}`).replace('Basic', 'basic'),
  ])('is granted to %s', (authorization) => {
    expect(mayRead(authorization, token)).toBe(true);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    token,
    `Token ${token}`,
    basic(token.replace(':', '')),
    basic(`${token}:`),
    basic('admin:'),
    'Basic !!!!',
    'Bearer \u0000',
  ])('is refused to %j', (authorization) => {
    expect(mayRead(authorization, token)).toBe(false);
  });
});
