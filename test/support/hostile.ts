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
