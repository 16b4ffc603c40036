import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { alertsOf, prometheusRule, rulesFor, type Alert } from './alerts.ts';
import { helm } from './helm.ts';

const docs = join(import.meta.dirname, '../../../docs');
const alerts = alertsOf(rulesFor({ enabled: true }));

function alertNamed(name: string, values: object = {}): Alert | undefined {
  return alertsOf(rulesFor({ enabled: true, ...values })).find(({ alert }) => alert === name);
}

/** Codes of errors in a text; names of settings are none. */
function codesIn(text: string): readonly string[] {
  const words = text.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [];
  return words.filter((word) => !word.startsWith('ZFS_'));
}

function unknownCodesIn(text: string): readonly string[] {
  const page = readFileSync(join(docs, 'errors.md'), 'utf8');
  return codesIn(text).filter((code) => !page.includes(`| \`${code}\``));
}

describe('the alerts', () => {
  it('are off by default: a cluster without the Prometheus operator would refuse them', () => {
    expect(prometheusRule({})).toBeUndefined();
  });

  it('carry the labels that the operator selects by', () => {
    const rule = prometheusRule({ enabled: true, labels: { release: 'prometheus' } });

    expect(rule?.metadata).toMatchObject({ labels: { release: 'prometheus' } });
  });

  it('ask for metrics that there are', () => {
    const { registry } = createMetrics({ version: '0', instance: 'any', maxVolumes: 0 });
    const known = new Set(registry.getMetricsAsArray().map(({ name }) => name));

    const asked = alerts.flatMap(({ expr }) => expr.match(/\bzfs_provisioner_\w+/g) ?? []);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
    for (const { expr, labels, annotations } of alerts) {
      expect(expr).toContain('zfs_provisioner_');
      expect(labels.severity).toMatch(/^(critical|warning|info)$/);
      expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook_url']);
    }
  });

  it('ask for errors that there are', () => {
    const text = JSON.stringify(alerts);

    expect(codesIn(text)).toContain('DATASET_NOT_OWNED');
    expect(unknownCodesIn(text)).toEqual([]);
  });

  it('tell two installations apart that one Prometheus scrapes', () => {
    const together = alerts.filter(
      ({ expr }) => !/\bby \(namespace, (exported_namespace, )?job\b/.test(expr),
    );

    expect(together.map(({ alert }) => alert)).toEqual([]);
  });

  it('keep the words that Prometheus fills in', () => {
    expect(alertNamed('ZfsPoolAlmostFull')?.annotations.summary).toBe(
      'Pool {{ $labels.pool }} on {{ $labels.host }} is {{ $value | printf "%.0f" }} % full',
    );
  });

  it.each([
    ['ZfsPoolFilling', 'poolWarningPercent'],
    ['ZfsPoolAlmostFull', 'poolCriticalPercent'],
    ['ZfsVolumeAlmostFull', 'volumePercent'],
    ['ZfsClaimsWaiting', 'claimWaitSeconds'],
    ['ZfsProvisioningFailing', 'claimWaitSeconds'],
  ])('have thresholds that the values set: %s %s', (name, threshold) => {
    const { expr } = alertNamed(name, { thresholds: { [threshold]: 77 } }) ?? {};

    expect(expr).toMatch(/ > 77$/);
  });

  it('are refused where they are misspelt', () => {
    expect(helm('template', { alerts: { enable: true } }).succeeded).toBe(false);
    expect(helm('template', { alerts: { thresholds: { pool: 1 } } }).succeeded).toBe(false);
  });
});

describe('the runbooks', () => {
  const pages = readdirSync(join(docs, 'runbooks'))
    .filter((name) => name !== 'README.md')
    .map((name) => ({ name, text: readFileSync(join(docs, 'runbooks', name), 'utf8') }));

  it('are one for each alert, which leads there', () => {
    const linked = alerts.map(({ annotations }) => annotations.runbook_url);

    expect(linked.toSorted()).toEqual(pages.map(({ name }) => `docs/runbooks/${name}`).toSorted());
    expect(
      alerts.filter(({ alert, annotations }) => !annotations.runbook_url.endsWith(`/${alert}.md`)),
    ).toEqual([]);
  });

  it('are linked where the values say that they are served', () => {
    const runbooks = 'https://git.example.com/zfs/docs/runbooks/';

    expect(alertNamed('ZfsNoLeader', { runbooks })?.annotations.runbook_url).toBe(
      'https://git.example.com/zfs/docs/runbooks/ZfsNoLeader.md',
    );
  });

  it.each(pages)(
    'tell what it means, how bad it is, what to look at, what to do: $name',
    ({ name, text }) => {
      const alert = alerts.find((each) => `${each.alert}.md` === name);
      const headings = text.match(/^#+ .*$/gm);

      expect(headings).toEqual([
        `# ${alert?.alert}`,
        '## What it means',
        '## How bad it is',
        '## What to look at',
        '## What to do',
      ]);
      expect(text).toContain(`Severity: ${alert?.labels.severity}`);
    },
  );

  it('name errors, metrics, settings, commands and pages that there are', () => {
    const read = (name: string): string => readFileSync(join(docs, name), 'utf8');
    const [settings, metrics, commands] = [
      read('settings.md'),
      read('metrics.md'),
      read('kubectl-zfs.md'),
    ];
    const files = new Set([...readdirSync(docs), ...readdirSync(join(docs, 'runbooks'))]);
    const unknownIn = (text: string): readonly string[] => [
      ...unknownCodesIn(text),
      ...(text.match(/\bZFS_[A-Z_]+\b/g) ?? []).filter((word) => !settings.includes(`\`${word}\``)),
      ...(text.match(/\b(?:zfs_provisioner|controller|workqueue)_[a-z_]+/g) ?? []).filter(
        (word) => !metrics.includes(`\`${word}\``),
      ),
      ...(text.match(/(?<=`kubectl zfs )[a-z-]+/g) ?? []).filter(
        (word) => !commands.includes(`\`${word}`),
      ),
      ...(text.match(/(?<=\]\()[^)#]+/g) ?? []).filter(
        (path) => !files.has(path.replace('../', '')),
      ),
    ];

    expect(pages.map(({ name, text }) => [name, ...unknownIn(text)])).toEqual(
      pages.map(({ name }) => [name]),
    );
  });

  it('are all on their first page', () => {
    const first = readFileSync(join(docs, 'runbooks/README.md'), 'utf8');

    expect(alerts.filter(({ alert }) => !first.includes(`](${alert}.md)`))).toEqual([]);
  });
});
