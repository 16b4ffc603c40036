/** ZFS_BIN and ZFS_CHOWN_BIN as the scripts take them. */

/**
 * The words of a configured command such as `sudo -H zfs`, parted by single blanks. `sudo` gets `-n`
 * unless it has it: it must fail rather than wait for a password that nobody will type.
 * @throws Error when it is empty or holds a control character
 */
export function compileCommandWords(command: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(command)) {
    throw new Error('a command must not hold control characters');
  }
  const words = command.split(/[ \t]+/).filter((word) => word !== '');
  const [program, ...rest] = words;
  if (program === undefined) throw new Error('a command must not be empty');
  const isSudo = program.slice(program.lastIndexOf('/') + 1) === 'sudo';
  return (isSudo && !forbidsPassword(rest) ? [program, '-n', ...rest] : words).join(' ');
}

/** Looks at sudo's own options only (before the first word that is none), at the letters that take no argument. */
function forbidsPassword(words: readonly string[]): boolean {
  const end = words.findIndex((word) => !word.startsWith('-'));
  const options = end === -1 ? words : words.slice(0, end);
  return options.some(
    (option) => option === '--non-interactive' || /^-[AbEHikKnPsS]*n/.test(option),
  );
}
