import { render, type Manifest } from './helm.ts';

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly Alert[];
}

/** The PrometheusRule that the chart makes with these values of `alerts`, if it makes one. */
export function prometheusRule(alerts: object): Manifest | undefined {
  return render({ alerts }).find(({ kind }) => kind === 'PrometheusRule');
}

/** The groups of rules, as a rule file of Prometheus has them. */
export function rulesFor(alerts: object): readonly RuleGroup[] {
  const spec = prometheusRule(alerts)?.['spec'] as { readonly groups: readonly RuleGroup[] };
  return spec.groups;
}

export function alertsOf(groups: readonly RuleGroup[]): readonly Alert[] {
  return groups.flatMap(({ rules }) => rules);
}
