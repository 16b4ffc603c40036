// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const controlCharacter = /[\u0000-\u001f\u007f]/;

/** Whether a text has what breaks lines, columns or terminals where it is written to. */
export function hasControlCharacters(text: string): boolean {
  return controlCharacter.test(text);
}
