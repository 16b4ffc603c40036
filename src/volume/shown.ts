const maxShown = 60;

/** A value of anybody's making as messages show it: quoted, on one line, and not at length. */
export function shown(value: string): string {
  return JSON.stringify(value.length > maxShown ? `${value.slice(0, maxShown)}…` : value);
}
