/** Cells that several tables have: whose something is, and where it lies. */
import { volumeAddress } from './addresses.ts';
import { none } from './figures.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { aside, code, text } from './words.ts';

interface OfVolume {
  readonly volume?: string;
  readonly claim?: string;
}

export function textOrNone(value: string | undefined): Html {
  return value === undefined ? none : text(value);
}

/** A link to the volume's page, by the name of its claim; of hidden namespaces only the volume is told. */
export function claimOf({ volume, claim }: OfVolume): Html {
  const words = claim === undefined ? undefined : text(claim);
  if (volume === undefined) return words ?? none;
  return html`<a href="${volumeAddress(volume)}">${words ?? code(volume)}</a>`;
}

export function namespaceOf({ namespace }: { readonly namespace?: string }): Html {
  return textOrNone(namespace);
}

/** The name of a claim, or of a volume as a link to its page; below it, what kind of thing it is. */
export function namedThing(
  name: string,
  { isVolume, kind }: { readonly isVolume: boolean; readonly kind: string },
): Html {
  const shown = isVolume ? html`<a href="${volumeAddress(name)}">${code(name)}</a>` : text(name);
  return html`${shown}${aside(kind)}`;
}

export function placeOf({
  host,
  dataset,
}: {
  readonly host: string;
  readonly dataset: string;
}): Html {
  return html`${code(dataset)}${aside(html`on ${text(host)}`)}`;
}
