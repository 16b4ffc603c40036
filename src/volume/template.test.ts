import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { anyText, expectAlways } from '../../test/support/hostile.ts';
import type { TemplateValues } from './template.ts';
import { parseTemplate, renderTemplate, templateNames } from './template.ts';

const values: TemplateValues = {
  claim: {
    namespace: 'team-a',
    name: 'data',
    uid: '7b2f',
    labels: { app: 'postgres', 'app.kubernetes.io/part-of': 'shop', empty: '' },
    annotations: { 'example.com/note': 'two\nlines' },
  },
  className: 'fast',
  volumeName: 'pvc-7b2f',
};

const anything = (): undefined => undefined;

function render(text: string, problemWithValue: (value: string) => string | undefined = anything) {
  return renderTemplate(parseTemplate(text), values, problemWithValue);
}

describe('a template', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['{{claim.namespace}}/{{claim.name}}', 'team-a/data'],
    ['{{ claim.uid }}', '7b2f'],
    ['{{claim.labels.app}}', 'postgres'],
    ['{{claim.labels.app.kubernetes.io/part-of}}', 'shop'],
    ['{{claim.labels.empty}}', ''],
    ['{{class.name}} {{volume.name}}', 'fast pvc-7b2f'],
    ['{"a":{"b":1}}', '{"a":{"b":1}}'],
    ['}}', '}}'],
  ])('%j becomes %j', (text, expected) => {
    expect(render(text)).toEqual({ text: expected });
  });

  it('lists the names that there are when one is not known', () => {
    expect(render('{{claim.nmae}}')).toEqual({
      problems: [`names {{claim.nmae}}, which is none of ${templateNames.join(', ')}`],
    });
  });

  it.each([
    ['{{claim.name', 'has a "{{" without "}}"'],
    ['{{}}', 'names {{}}, which is none of'],
    ['{{claim.labels.}}', 'names {{claim.labels.}}, which is none of'],
    ['{{constructor}}', 'which is none of'],
    ['{{claim.constructor}}', 'which is none of'],
    ['{{claim.name | upper}}', 'which is none of'],
    ['{{claim.labels.owner}}', 'names {{claim.labels.owner}}, which the claim does not have'],
    ['{{claim.labels.constructor}}', 'which the claim does not have'],
    ['{{claim.annotations.__proto__}}', 'which the claim does not have'],
  ])('%j has a problem: %s', (text, problem) => {
    expect(render(text)).toEqual({ problems: [expect.stringContaining(problem)] });
  });

  it('tells every problem', () => {
    expect(render('{{a}} {{claim.labels.b}} {{c')).toEqual({
      problems: [
        expect.stringContaining('{{a}}'),
        'has a "{{" without "}}"',
        expect.stringContaining('{{claim.labels.b}}'),
      ],
    });
  });

  it('refuses a value that does not fit its place', () => {
    const noBreaks = (value: string): string | undefined =>
      value.includes('\n') ? 'has a line break' : undefined;

    expect(render('{{claim.annotations.example.com/note}}', noBreaks)).toEqual({
      problems: [
        'gets "two\\nlines" from {{claim.annotations.example.com/note}}, which has a line break',
      ],
    });
  });

  it('never takes what a value says for a name', () => {
    const claim = { ...values.claim, labels: { app: '{{claim.uid}}' } };

    expect(
      renderTemplate(parseTemplate('{{claim.labels.app}}'), { ...values, claim }, anything),
    ).toEqual({ text: '{{claim.uid}}' });
  });

  it('has values only that its place takes, whatever is in it and in the claim', () => {
    expectAlways(
      fc.property(anyText, anyText, anyText, (before, label, after) => {
        const claim = { ...values.claim, labels: { x: label } };
        const template = parseTemplate(`${before}{{claim.labels.x}}${after}`);
        const digits = (value: string): string | undefined =>
          /^\d*$/.test(value) ? undefined : 'is no number';

        const rendered = renderTemplate(template, { ...values, claim }, digits);

        return 'problems' in rendered ? rendered.problems.length > 0 : /^\d*$/.test(label);
      }),
    );
  });

  it('without names is itself, whatever is in it', () => {
    expectAlways(
      fc.property(
        anyText.filter((text) => !text.includes('{{')),
        (text) => {
          expect(render(text)).toEqual({ text });
        },
      ),
    );
  });
});
