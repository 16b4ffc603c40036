import { describe, expect, it } from '@jest/globals';

import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { alertsOf, rulesFor } from './alerts.ts';
import {
  dashboardText,
  graphsOf,
  parseDashboard,
  readDashboard,
  substituted,
} from './dashboard.ts';
import { helm, render } from './helm.ts';
import { promtool } from './promtool.ts';

const dashboard = readDashboard();
const graphs = graphsOf(dashboard);
const queries = graphs.flatMap(({ targets }) => targets.map(({ expr }) => expr));
const own = (text: string): readonly string[] =>
  text.match(/\b(?:zfs_provisioner|controller|workqueue|process|nodejs)_\w+/g) ?? [];

describe('the dashboard', () => {
  it('is what Grafana reads, and would be refused with a word that it does not know', () => {
    const json = JSON.parse(dashboardText) as Readonly<Record<string, unknown>>;

    expect(() => parseDashboard({ ...json, tittle: 'x' })).toThrow('tittle');
    expect(() => parseDashboard({ ...json, panels: [{ ...graphs[0], fieldConfg: {} }] })).toThrow();
  });

  it('has panels that are told apart, and do not lie on each other', () => {
    const { panels } = dashboard;
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)} ${y + Math.floor(n / w)}`),
    );

    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(graphs.map(({ title }) => title)).size).toBe(graphs.length);
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
    for (const { targets } of graphs) {
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
  });

  it.each([
    ['claims per second by class', 'controller_persistentvolumeclaim_provision_total'],
    [
      'latency of claims by class',
      'controller_persistentvolumeclaim_provision_duration_seconds_bucket',
    ],
    ['the queue', 'workqueue_depth'],
    ['hosts and breakers', 'zfs_provisioner_ssh_breaker_state'],
    ['pools', 'zfs_provisioner_pool_allocated_bytes'],
    ['volumes by use', 'zfs_provisioner_volume_filled_ratio'],
    ['SSH execs', 'zfs_provisioner_ssh_execs_total'],
    ['API calls', 'zfs_provisioner_kube_requests_total'],
    ['errors by code', 'zfs_provisioner_reconcile_errors_total'],
  ])('shows %s', (_what, metric) => {
    expect(queries.filter((query) => query.includes(`${metric}{`))).not.toEqual([]);
  });

  it('asks for metrics that there are', () => {
    const { registry } = createMetrics({ version: '0', instance: 'any', maxVolumes: 0 });
    const known = new Set(registry.getMetricsAsArray().map(({ name }) => name));
    const { list } = dashboard.templating;
    const asked = [...queries, JSON.stringify(list)].flatMap(own);

    expect(asked.filter((name) => !known.has(name.replace(/_bucket$/, '')))).toEqual([]);
  });

  it('asks of the replicas that were chosen, and of nothing else', () => {
    const names = dashboard.templating.list.map(({ name }) => name);
    expect(names).toEqual(['datasource', 'job', 'instance', 'host']);

    for (const query of queries) {
      const selectors = query.match(/_\w+\{[^}]*\}/g) ?? [];
      expect(selectors).toHaveLength(own(query).length);
      for (const selector of selectors) {
        expect(selector).toContain('job=~"$job",instance=~"$instance"');
      }
      const used = [...query.matchAll(/\$(\w+)/g)].map(([, name = '']) => name);
      const builtIn = ['__rate_interval', '__range'];
      expect(used.filter((name) => ![...names, ...builtIn].includes(name))).toEqual([]);
    }
  });

  it('asks in words that Prometheus understands', () => {
    const values = { job: '.+', instance: '.+', host: '.+', __rate_interval: '1m', __range: '1h' };
    const rules = queries.map((query, n) => ({
      record: `query:${n}`,
      expr: substituted(query, values),
    }));

    const file = { groups: [{ name: 'queries', rules }] };
    const result = promtool(['check', 'rules', 'rules.yaml'], { 'rules.yaml': file });
    expect(result.output).toContain(`SUCCESS: ${queries.length} rules found`);
  });

  it('names alerts that there are', () => {
    const alerts = new Set(alertsOf(rulesFor({ enabled: true })).map(({ alert }) => alert));
    const named = dashboardText.match(/\bZfs[A-Z]\w+/g) ?? [];

    expect(named).toContain('ZfsPoolAlmostFull');
    expect(named.filter((name) => !alerts.has(name))).toEqual([]);
  });
});

describe('the ConfigMap of the dashboard', () => {
  const find = (values: object): object | undefined =>
    render(values).find(({ metadata }) => metadata.name.endsWith('-dashboard'));

  it('is made where the values say so, with the label that Grafana looks for', () => {
    expect(find({})).toBeUndefined();

    const map = find({ dashboard: { enabled: true, annotations: { grafana_folder: 'Storage' } } });
    expect(map).toMatchObject({
      kind: 'ConfigMap',
      metadata: {
        labels: { grafana_dashboard: '1' },
        annotations: { grafana_folder: 'Storage' },
      },
    });
    const { data } = map as { data: Record<string, string> };
    expect(JSON.parse(data['zfs-provisioner.json'] ?? '')).toEqual(JSON.parse(dashboardText));
  });

  it('is refused where it is misspelt', () => {
    expect(helm('template', { dashboard: { enable: true } }).succeeded).toBe(false);
  });
});
