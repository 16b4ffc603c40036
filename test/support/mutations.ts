import fc from 'fast-check';

/** What parsers trip over. */
const scraps = [
  ...[
    '',
    '\n',
    '\t',
    '\r\n',
    '\0',
    ' ',
    '-',
    ':',
    '=',
    '"',
    "'",
    ',',
    '/',
    '@',
    '#',
    '{',
    '}',
    '[',
    '|',
    '*',
    '!',
  ],
  ...[
    '0',
    '-1',
    '99999999999999999999999999',
    '1e999',
    '0x10',
    'NaN',
    '\u2028',
    '\ufeff',
    '\ud800',
    'x'.repeat(3000),
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'end',
    'refused',
    'failed',
    'result',
    'local',
    'nonce0nonce0\t',
    '&a *a',
    '!!js',
  ],
];

const edit = fc.record({
  kind: fc.constantFrom('insert', 'delete', 'replace', 'repeat', 'cut', 'swap'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 60 }),
  scrap: fc.oneof(fc.constantFrom(...scraps), fc.string({ unit: 'binary', maxLength: 12 })),
});

/** One of these texts with some damage: parts of it missing, doubled, exchanged, or other than they were. */
export function mutationsOf(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 6 }))
    .map(([text, edits]) =>
      edits.reduce((damaged, { kind, at, length, scrap }) => {
        const start = Math.floor(at * damaged.length);
        const [before, part] = [damaged.slice(0, start), damaged.slice(start, start + length)];
        const after = damaged.slice(start + length);
        switch (kind) {
          case 'insert':
            return before + scrap + part + after;
          case 'delete':
            return before + after;
          case 'replace':
            return before + scrap + after;
          case 'repeat':
            return before + part + part + after;
          case 'cut':
            return before;
          case 'swap':
            return before + after.slice(0, length) + part + after.slice(length);
        }
      }, text),
    );
}

/** Runs it, and fails if it takes longer than anybody would wait: an expression that backtracks, a loop without end. */
export function soon<T>(act: () => T, limitMs = 2000): T {
  const start = performance.now();
  try {
    return act();
  } finally {
    const tookMs = performance.now() - start;
    // eslint-disable-next-line no-unsafe-finally -- whatever else happened, it took too long
    if (tookMs > limitMs) throw new Error(`it took ${Math.round(tookMs)} ms`);
  }
}
