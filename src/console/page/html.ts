/** Text that is HTML already: whatever came from outside is escaped in it. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What a template may hold; nothing is written for what is absent. */
export type HtmlValue = string | number | Html | undefined | readonly HtmlValue[];

/**
 * HTML from a template. Every value is escaped for text and for quoted attributes, so attributes with values in them
 * have to be quoted in the template; only what this function made is taken as it is.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const parts = dense(strings).map((literal, index) => literal + written(values[index]));
  return new Html(parts.join(''));
}

const denseLiterals = new WeakMap<TemplateStringsArray, readonly string[]>();

/** The template's own text without its indentation. */
function dense(strings: TemplateStringsArray): readonly string[] {
  const known = denseLiterals.get(strings);
  if (known !== undefined) return known;
  const made = strings.map((literal) => literal.replace(/\s*\n\s*/g, '\n'));
  denseLiterals.set(strings, made);
  return made;
}

function written(value: HtmlValue): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(written).join('');
  return escaped(String(value));
}

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * NUL and other control characters, which HTML has no place for, and those that turn the direction of the text after
 * them, with which a name can look like another one.
 */
// eslint-disable-next-line no-control-regex -- control characters are what is meant
const unfit = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(unfit, '\ufffd')
    .replace(/[&<>"']/g, (character) => references[character] ?? '');
}
