/** One word for a POSIX shell, in a text that is printed for a person. It may have line ends, but no NUL. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** As it is where that is the same to a shell. */
export function word(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : quoted(text);
}
