import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

import { alertsOf, rulesFor, type Alert } from './alerts.ts';
import { promtool } from './promtool.ts';

interface Case {
  /** Samples by series. */
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
}

interface Cases {
  readonly fires: Case & {
    readonly labels: Readonly<Record<string, string>>;
    readonly summary: string;
  };
  readonly spares: Case & { readonly because: string };
}

const file = join(import.meta.dirname, 'alerts-cases.yaml');
const cases = parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Cases>>;
const groups = rulesFor({ enabled: true });
const alerts = alertsOf(groups);

function inputsOf(one: Case | undefined): readonly object[] {
  return Object.entries(one?.series ?? {}).map(([series, values]) => ({ series, values }));
}

/** When it is looked, in minutes: what is to be spared has to be spared all the time. */
function timesOf(one: Case | undefined, kind: 'fires' | 'spares'): readonly number[] {
  const [, count = '', unit = ''] = /^(\d+)([mh])$/.exec(one?.at ?? '') ?? [];
  const end = Number(count) * (unit === 'h' ? 60 : 1);
  if (kind === 'fires') return [end];
  const step = Math.ceil(end / 100);
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, n) => end - n * step);
}

function testOf({ alert, labels, annotations }: Alert, kind: 'fires' | 'spares'): object {
  const { fires, spares } = cases[alert] ?? {};
  const one = kind === 'fires' ? fires : spares;
  const told = {
    exp_labels: { ...labels, ...fires?.labels },
    // What is told of the one at hand stands in the summary; the rest is the same for all.
    exp_annotations: { ...annotations, summary: fires?.summary },
  };
  return {
    name: `${alert} ${kind}`,
    interval: '1m',
    input_series: inputsOf(one),
    alert_rule_test: timesOf(one, kind).map((minute) => ({
      eval_time: `${minute}m`,
      alertname: alert,
      exp_alerts: kind === 'fires' ? [told] : [],
    })),
  };
}

/** Each alert with its own rule alone: some look back a day, and all others would be computed along. */
function runTests(testsOf: (alert: Alert) => readonly object[]): ReturnType<typeof promtool> {
  const files = alerts.flatMap((each): [string, object][] => {
    const rules = `rules-${each.alert}.yaml`;
    const tests = { rule_files: [rules], evaluation_interval: '1m', tests: testsOf(each) };
    return [
      [rules, { groups: [{ name: 'one', rules: [each] }] }],
      [`tests-${each.alert}.yaml`, tests],
    ];
  });
  const args = alerts.map(({ alert }) => `tests-${alert}.yaml`);
  return promtool(['test', 'rules', ...args], Object.fromEntries(files));
}

describe('promtool', () => {
  it('accepts the rules', () => {
    const result = promtool(['check', 'rules', 'rules.yaml'], { 'rules.yaml': { groups } });

    expect(result).toMatchObject({ succeeded: true });
    expect(result.output).toContain(`${alerts.length} rules found`);
  });

  it('sees every alert fire with the series that it is for, and spare a near miss', () => {
    const { succeeded, output } = runTests((each) => [
      testOf(each, 'fires'),
      testOf(each, 'spares'),
    ]);

    expect(output).not.toContain('FAILED');
    expect(succeeded).toBe(true);
    expect(output.match(/SUCCESS/g)).toHaveLength(alerts.length);
  });

  it('would tell of each whose outcome is another', () => {
    const { succeeded, output } = runTests((each) => [
      {
        ...testOf(each, 'fires'),
        input_series: inputsOf(cases[each.alert]?.spares),
      },
    ]);

    expect(succeeded).toBe(false);
    expect(alerts.filter(({ alert }) => !output.includes(`${alert} fires`))).toEqual([]);
  });
});

describe('the cases', () => {
  it('are two for every alert, and of none that there is not', () => {
    expect(Object.keys(cases).sort()).toEqual(alerts.map(({ alert }) => alert).sort());
    for (const { fires, spares } of Object.values(cases)) {
      expect(fires.summary).not.toBe('');
      expect(spares.because).toMatch(/\w+ \w+/);
    }
  });

  it('are near: what does not fire is told by the same metrics as what does', () => {
    const metrics = ({ series }: Case): readonly string[] => [
      ...new Set(Object.keys(series).map((name) => name.replace(/\{.*/, ''))),
    ];

    for (const { fires, spares } of Object.values(cases)) {
      expect(metrics(spares).toSorted()).toEqual(metrics(fires).toSorted());
    }
  });
});
