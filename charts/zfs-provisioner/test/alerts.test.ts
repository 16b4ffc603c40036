import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { helm, render } from './helm.ts';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface PrometheusRule {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly groups: readonly { readonly rules: readonly Alert[] }[] };
}

function rules(alerts: object): readonly PrometheusRule[] {
  const found = render({ alerts }).filter(({ kind }) => kind === 'PrometheusRule');
  return found as unknown as readonly PrometheusRule[];
}

function alertsOf({ spec }: PrometheusRule): readonly Alert[] {
  return spec.groups.flatMap((group) => group.rules);
}

describe('the alerts', () => {
  it('are off by default: a cluster without the Prometheus operator would refuse them', () => {
    expect(rules({})).toEqual([]);
  });

  it('carry the labels that the operator selects by', () => {
    const [rule] = rules({ enabled: true, labels: { release: 'prometheus' } });

    expect(rule?.metadata.labels).toMatchObject({ release: 'prometheus' });
  });

  it('ask for metrics that there are', () => {
    const { registry } = createMetrics({ version: '0', instance: 'any', maxVolumes: 0 });
    const known = new Set(registry.getMetricsAsArray().map(({ name }) => name));
    const [rule] = rules({ enabled: true });
    const alerts = rule === undefined ? [] : alertsOf(rule);

    const asked = alerts.flatMap(({ expr }) => expr.match(/\bzfs_provisioner_\w+/g) ?? []);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
    expect(alerts.map(({ alert }) => alert)).toContain('ZfsDestroysHeld');
    for (const { expr, labels, annotations } of alerts) {
      expect(expr).toContain('zfs_provisioner_');
      expect(labels.severity).toMatch(/^(critical|warning|info)$/);
      expect(Object.keys(annotations)).toEqual(['summary', 'description']);
    }
  });

  it('ask for errors that there are', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/errors.md'), 'utf8');
    const [rule] = rules({ enabled: true });

    const codes = JSON.stringify(rule).match(/\b[A-Z]+_[A-Z_]+[A-Z]\b/g) ?? [];
    const errors = codes.filter((code) => !code.startsWith('ZFS_'));
    expect(errors).toContain('DATASET_NOT_OWNED');
    expect(errors.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });

  it('keep the words that Prometheus fills in', () => {
    const [rule] = rules({ enabled: true });
    const full = rule && alertsOf(rule).find(({ alert }) => alert === 'ZfsPoolAlmostFull');

    expect(full?.annotations.summary).toBe(
      'Pool {{ $labels.pool }} on {{ $labels.host }} is more than 90 % full',
    );
  });

  it('are refused where they are misspelt', () => {
    expect(helm('template', { alerts: { enable: true } }).succeeded).toBe(false);
  });
});
