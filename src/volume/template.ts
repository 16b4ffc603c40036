/**
 * Texts with `{{claim.name}}` and the like in them. No code, no lookups: a name stands for a text, and each
 * text is checked for the place it goes to, so that nothing that a claim says can break out of it.
 */
import { shown } from './shown.ts';

/** What the names stand for. */
export interface TemplateValues {
  readonly claim: {
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly className: string;
  readonly volumeName: string;
}

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  /** `name` is one of templateNames, or `claim.labels.<key>`, `claim.annotations.<key>`. */
  | { readonly kind: 'value'; readonly name: string };

export interface Template {
  readonly parts: readonly TemplatePart[];
  /** What is wrong with it, whatever the claim; then it is not rendered. */
  readonly problems: readonly string[];
}

export type Rendered = { readonly text: string } | { readonly problems: readonly string[] };

const plainNames: Readonly<Record<string, (values: TemplateValues) => string>> = {
  'claim.namespace': ({ claim }) => claim.namespace,
  'claim.name': ({ claim }) => claim.name,
  'claim.uid': ({ claim }) => claim.uid,
  'class.name': ({ className }) => className,
  'volume.name': ({ volumeName }) => volumeName,
};

const labels = 'claim.labels.';
const annotations = 'claim.annotations.';

/** Every name that may stand between `{{` and `}}`. */
export const templateNames: readonly string[] = [
  ...Object.keys(plainNames),
  `${labels}<key>`,
  `${annotations}<key>`,
];

/** Reads a text with names in it; a text without any is a template of itself. */
export function parseTemplate(text: string): Template {
  const parts: TemplatePart[] = [];
  const problems: string[] = [];
  const [first = '', ...others] = text.split('{{');
  if (first !== '') parts.push({ kind: 'text', text: first });
  for (const other of others) {
    const end = other.indexOf('}}');
    if (end < 0) {
      problems.push('has a "{{" without "}}"');
      continue;
    }
    const name = other.slice(0, end).trim();
    const rest = other.slice(end + 2);
    if (isKnown(name)) parts.push({ kind: 'value', name });
    else problems.push(`names {{${shown(name).slice(1, -1)}}}, which is none of ${namesAsText()}`);
    if (rest !== '') parts.push({ kind: 'text', text: rest });
  }
  return { parts, problems: [...new Set(problems)] };
}

/**
 * Puts the values in.
 * @param problemWithValue what makes a claim's value unfit for the place; undefined: nothing
 */
export function renderTemplate(
  template: Template,
  values: TemplateValues,
  problemWithValue: (value: string) => string | undefined,
): Rendered {
  const problems = [...template.problems];
  let text = '';
  for (const part of template.parts) {
    if (part.kind === 'text') {
      text += part.text;
      continue;
    }
    const value = valueOf(part.name, values);
    const problem = value === undefined ? 'which the claim does not have' : problemWithValue(value);
    if (problem === undefined) text += value ?? '';
    else if (value === undefined) problems.push(`names {{${part.name}}}, ${problem}`);
    else problems.push(`gets ${shown(value)} from {{${part.name}}}, which ${problem}`);
  }
  return problems.length > 0 ? { problems } : { text };
}

function isKnown(name: string): boolean {
  const hasKey = (prefix: string): boolean =>
    name.startsWith(prefix) && name.length > prefix.length;
  return Object.hasOwn(plainNames, name) || hasKey(labels) || hasKey(annotations);
}

function valueOf(name: string, values: TemplateValues): string | undefined {
  if (Object.hasOwn(plainNames, name)) return plainNames[name]?.(values);
  const isLabel = name.startsWith(labels);
  const known = isLabel ? values.claim.labels : values.claim.annotations;
  const key = name.slice((isLabel ? labels : annotations).length);
  return Object.hasOwn(known, key) ? known[key] : undefined;
}

function namesAsText(): string {
  return templateNames.join(', ');
}
