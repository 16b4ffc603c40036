// eslint-disable-next-line no-control-regex -- what terminals obey is what is taken out
const control = /[\u0000-\u001f\u007f-\u009f]/g;

/** A text of anybody's making as a terminal may have it: on one line, and nothing that the terminal obeys. */
export function printable(text: string): string {
  return text.replaceAll(control, '?');
}
