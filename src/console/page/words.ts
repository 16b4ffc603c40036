/** Names, texts and marks of the rows. */
import type { Html } from './html.ts';
import { html } from './html.ts';

/** How much a person has to care. */
export type Tone = 'good' | 'calm' | 'warn' | 'bad';

/** What others chose the words of; its direction of writing stays within it. */
export function text(value: string): Html {
  return html`<bdi>${value}</bdi>`;
}

/** A name of a thing, to be told apart letter by letter. */
export function code(value: string): Html {
  return html`<code><bdi>${value}</bdi></code>`;
}

/** A state in a word, with a colour besides. */
export function mark(tone: Tone, words: string): Html {
  return html`<span class="mark mark-${tone}">${words}</span>`;
}

/** A second line of a cell. */
export function aside(content: Html | string): Html {
  return html`<div class="aside">${content}</div>`;
}
