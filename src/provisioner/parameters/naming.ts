import { z } from 'zod';

import { problemWithDatasetName } from '../../volume/dataset-name.ts';
import { shown } from '../../volume/shown.ts';
import type { Template, TemplateValues } from '../../volume/template.ts';
import { parseTemplate, renderTemplate } from '../../volume/template.ts';

const maxLength = 255;

/** Of one dataset's name without its parents, in every release of OpenZFS; blanks are left out. */
const component = /^[A-Za-z0-9_.:-]*$/;

/**
 * Names of two claims must differ, or the later one waits for ever beside the dataset of the earlier. The
 * volume's name and the claim's uid differ always. Namespace and name do as long as no claim was deleted
 * and made again while its dataset stayed (then the dataset is not adopted, as it says whose it is): people
 * ask for readable names, so that is let through where the two are parted by what neither can contain, since
 * a-b + c would be a + b-c.
 */
function problemWithTemplate({ parts, problems }: Template): string | undefined {
  if (problems.length > 0) return problems.join('; ');
  const names = parts.map((part) => (part.kind === 'value' ? part.name : ''));
  const texts = parts.map((part) => (part.kind === 'text' ? part.text : ''));
  if (!texts.every((text) => component.test(text))) {
    return 'may only contain letters, digits and "_.:-" besides names in {{ }}';
  }
  if (names.includes('volume.name') || names.includes('claim.uid')) return undefined;
  const namespace = names.indexOf('claim.namespace');
  const name = names.indexOf('claim.name');
  const between = texts.slice(Math.min(namespace, name) + 1, Math.max(namespace, name));
  const areParted = namespace >= 0 && name >= 0 && between.some((text) => /[_:]/.test(text));
  if (areParted) return undefined;
  return 'must be different for each volume: it needs {{volume.name}}, {{claim.uid}}, or {{claim.namespace}} and {{claim.name}} parted by "_" or ":"';
}

const datasetName = z
  .string()
  .min(1, 'must not be empty')
  .max(1024, 'is longer than 1024 characters')
  .transform((text, context) => {
    const template = parseTemplate(text);
    const problem = problemWithTemplate(template);
    if (problem === undefined) return template;
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  });

/** What volumes are called on their host. */
export const namingParameters = {
  datasetName: datasetName.default(parseTemplate('{{volume.name}}')).meta({
    description:
      "Name of a volume's dataset below its parent, with names in it that stand for what the claim says. Written down with the volume, and never made again.",
    fallback: '{{volume.name}}',
    example: '{{claim.namespace}}_{{claim.name}}_{{volume.name}}',
  }),
};

/**
 * The last component of a volume's dataset, or what is wrong with it.
 * @param text the class's `datasetName`; undefined: the default. What is wrong with it for every claim is
 * told by its parameter, not here
 */
export function renderDatasetName(
  text: string | undefined,
  values: TemplateValues,
): { readonly leaf: string; readonly problems: readonly string[] } {
  const template = namingParameters.datasetName.safeParse(text);
  if (!template.success) return { leaf: '', problems: [] };
  const rendered = renderTemplate(template.data, values, (value) =>
    component.test(value) ? undefined : 'may only contain letters, digits and "_.:-"',
  );
  const problems = 'problems' in rendered ? rendered.problems : problemsWithLeaf(rendered.text);
  const leaf = 'text' in rendered && problems.length === 0 ? rendered.text : '';
  return { leaf, problems: problems.map((problem) => `parameter datasetName ${problem}`) };
}

function problemsWithLeaf(leaf: string): readonly string[] {
  const problem = /^[A-Za-z0-9]/.test(leaf)
    ? problemWithDatasetName(`p/${leaf}`)
    : 'must start with a letter or digit';
  const length = leaf.length > maxLength ? `is longer than ${maxLength} characters` : problem;
  return length === undefined ? [] : [`makes the name ${shown(leaf)}, which ${length}`];
}
