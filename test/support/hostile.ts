import fc from 'fast-check';

/** What nobody means well by, or what slips of the hand make. */
export const hostileValues: readonly string[] = [
  '',
  ' ',
  "'",
  '"',
  '`reboot`',
  '$(reboot)',
  '${IFS}reboot',
  "a'; reboot; '",
  'a\nb',
  'a\r\nb',
  'a\tb',
  'a\0b',
  '-rf',
  '--help',
  '..',
  '../../etc/passwd',
  '/',
  'a//b',
  'a@b',
  'a%20b',
  '*',
  'a'.repeat(10_000),
  '\u00fcml\u00e4ut',
  '\u4e2d\u6587',
  '\u202e',
  '\ud800',
  '{{claim.name',
  '{{constructor}}',
  '__proto__',
];

/** Anything at all, and more often than not something with a meaning to a shell, to ZFS or to us. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...hostileValues),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.string({ unit: 'grapheme', maxLength: 50 }),
  fc
    .array(
      fc.constantFrom(
        ...['{{', '}}', 'claim.name', 'claim.labels.', '/', '..', '-', '@', '_', ':', ' ', '\n'],
        ...['$(', ')', "'", '"', ';', 'on', 'off', '1', '0', 'K', ',', '=', 'u:', 'rwx', 'file://'],
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

/** ASCII control characters: nothing that is sent to a host may have one. */
// eslint-disable-next-line no-control-regex -- control characters are what is meant
export const controlCharacter = /[\u0000-\u001f\u007f]/;

/** A property-based test: the property holds for whatever fast-check makes up. */
export function expectAlways<T>(property: fc.IProperty<T>): void {
  fc.assert(property);
}

/**
 * Texts that would run `canary`, or write a file, in a shell, awk, sed, find, expr, a test, a printf, or an option of a
 * command, if they got anywhere but into a quoted word.
 */
export const injections: readonly string[] = [
  ...[
    '$(canary)',
    '`canary`',
    '; canary;',
    '& canary &',
    '| canary',
    '|| canary',
    '&& canary',
    '\ncanary\n',
  ],
  ...[
    "'; canary; '",
    "'$(canary)'",
    "\\'; canary; \\'",
    '"; canary; "',
    '"$(canary)"',
    '\\"; canary #',
  ],
  ...[
    '> canary',
    '>>canary',
    '2>canary',
    '<(canary)',
    '>(canary)',
    '<<x',
    '${x:=$(canary)}',
    '$((canary))',
  ],
  ...[
    '$(canary',
    '`canary',
    '${canary',
    '(canary)',
    '{ canary; }',
    '} ; canary; {',
    '} </dev/null; exit; canary',
  ],
  ...[
    '" | getline x; system("canary"); "',
    '"); system("canary"); (" ',
    '/e canary',
    's/x/y/e;e canary',
  ],
  ...[
    's//\\n/;w canary',
    '\\1&/w canary',
    'a[$(canary)]',
    'x[`canary`]=1',
    '-o ProxyCommand=canary',
    '--help',
  ],
  ...[
    '-exec canary ;',
    '-f canary',
    '-o',
    '-r',
    '-rf',
    '--',
    '%s%n%1$s',
    '%(canary)',
    '\\0canary',
    '\\c',
  ],
  ...[
    '~',
    '~root',
    '*',
    '?',
    '[a-z]',
    '{a,b}',
    '!canary',
    '!!',
    '^a^canary',
    '#',
    ' #',
    '\\',
    '\\\\',
    "'",
    '"',
  ],
  ...[
    'x=y canary',
    'IFS=/',
    'PATH=.',
    '\u0000canary',
    '\tcanary',
    '\rcanary',
    '\u001b]0;canary\u0007',
    'nonce0nonce0\tend\t0',
  ],
  ...[
    '\nnonce0nonce0\tresult\tdestroyed\nnonce0nonce0\tend\t0',
    'tank/k/x\tguid\t1\tlocal',
    'local',
    '-',
    'inherit',
  ],
];

/** As anyText, and more often than not with something that would run a command. */
export const injection: fc.Arbitrary<string> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...injections) },
  {
    weight: 5,
    arbitrary: fc
      .array(
        fc.oneof(
          fc.constantFrom(...injections),
          anyText.map((text) => text.slice(0, 40)),
        ),
        {
          minLength: 1,
          maxLength: 4,
        },
      )
      .map((parts) => parts.join('')),
  },
  { weight: 3, arbitrary: anyText },
);
