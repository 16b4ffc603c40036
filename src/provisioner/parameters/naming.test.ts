import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { anyText, expectAlways, hostileValues } from '../../../test/support/hostile.ts';
import { problemWithDatasetName } from '../../volume/dataset-name.ts';
import type { TemplateValues } from '../../volume/template.ts';
import { namingParameters, renderDatasetName } from './naming.ts';

const values: TemplateValues = {
  claim: {
    namespace: 'team-a',
    name: 'data.v2',
    uid: '7b2f',
    labels: { app: 'postgres', dots: 'a..b', bad: 'x/y@z' },
    annotations: {},
  },
  className: 'fast',
  volumeName: 'pvc-7b2f',
};

function problemsOf(text: string): readonly string[] {
  const parsed = namingParameters.datasetName.safeParse(text);
  if (!parsed.success) return parsed.error.issues.map(({ message }) => message);
  return renderDatasetName(text, values).problems;
}

describe('the name of a dataset', () => {
  it.each([
    [undefined, 'pvc-7b2f'],
    ['{{volume.name}}', 'pvc-7b2f'],
    ['{{claim.namespace}}_{{claim.name}}', 'team-a_data.v2'],
    ['{{claim.name}}:{{claim.namespace}}', 'data.v2:team-a'],
    ['{{claim.namespace}}-{{claim.name}}-{{claim.uid}}', 'team-a-data.v2-7b2f'],
    ['k8s.{{claim.labels.app}}.{{volume.name}}', 'k8s.postgres.pvc-7b2f'],
  ])('by %s is %s', (text, leaf) => {
    expect(renderDatasetName(text, values)).toEqual({ leaf, problems: [] });
  });

  it.each([
    ['data', 'must be different for each volume'],
    ['{{claim.name}}', 'must be different for each volume'],
    ['{{claim.namespace}}-{{claim.name}}', 'parted by "_" or ":"'],
    ['{{claim.namespace}}{{claim.name}}', 'parted by "_" or ":"'],
    ['_{{claim.namespace}}{{claim.name}}_', 'parted by "_" or ":"'],
    ['a/{{volume.name}}', 'may only contain'],
    ['{{volume.name}}@a', 'may only contain'],
    ['{{volume.name}} ', 'may only contain'],
    ['-{{volume.name}}', 'must start with a letter or digit'],
    ['{{volume.name}}..', '".."'],
    ['{{volume.nmae}}', 'which is none of'],
    ['{{volume.name', 'without "}}"'],
    ['{{volume.name}}{{claim.labels.dots}}', '".."'],
    ['{{volume.name}}{{claim.labels.bad}}', 'gets "x/y@z" from {{claim.labels.bad}}'],
    ['{{volume.name}}{{claim.labels.owner}}', 'which the claim does not have'],
    [`${'a'.repeat(250)}{{volume.name}}`, 'longer than 255'],
    ['{{volume.name}}'.repeat(100), 'longer than 1024'],
  ])('%s is refused: %s', (text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(problem)]);
  });

  it('is never made of anything hostile', () => {
    for (const text of hostileValues) expect(problemsOf(text)).not.toEqual([]);
  });

  it('is one component that ZFS takes, whatever claim and class say', () => {
    expectAlways(
      fc.property(anyText, anyText, (text, label) => {
        const claim = { ...values.claim, labels: { x: label } };
        const template = `${text}{{volume.name}}{{claim.labels.x}}`;

        const { leaf, problems } = renderDatasetName(template, { ...values, claim });

        if (leaf === '') return true;
        const isOne = /^[A-Za-z0-9][A-Za-z0-9_.:-]*$/.test(leaf) && leaf.includes('pvc-7b2f');
        return (
          problems.length > 0 || (isOne && problemWithDatasetName(`tank/${leaf}`) === undefined)
        );
      }),
    );
  });

  it('is another for each two claims', () => {
    const word = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?$/);
    expectAlways(
      fc.property(fc.array(fc.tuple(word, word), { minLength: 2, maxLength: 2 }), (claims) => {
        const [a, b] = claims.map(([namespace, name]) =>
          renderDatasetName('{{claim.namespace}}_{{claim.name}}', {
            ...values,
            claim: { ...values.claim, namespace, name },
          }),
        );
        const isSame = JSON.stringify(claims[0]) === JSON.stringify(claims[1]);
        return (a?.leaf === b?.leaf) === isSame;
      }),
    );
  });
});
