import { createMetrics } from '../src/telemetry/metrics.ts';
import { code, table } from './markdown.ts';

/** What prom-client keeps of a metric and does not declare. */
interface Definition {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

export async function metricsPage(): Promise<string> {
  const { registry } = createMetrics({ version: '', instance: '', maxVolumes: 0 });
  const types = new Map(
    (await registry.getMetricsAsJSON()).map(({ name, type }) => [name, String(type)]),
  );
  const definitions = registry
    .getMetricsAsArray()
    .map((metric) => metric as unknown as Definition)
    .filter(({ name }) => !/^(process|nodejs)_/.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const rows = definitions.map(({ name, help, labelNames }) => [
    code(name),
    types.get(name) ?? '',
    labelNames.map(code).join(' '),
    help,
  ]);
  return `# Metrics

Served at \`/metrics\` on \`ZFS_METRICS_PORT\`, by every replica. The metrics named \`controller_...\` are those of
the sig-storage library, the ones named \`workqueue_...\` those of client-go; names and labels are kept. The metrics
of the process (\`process_...\`, \`nodejs_...\`) are there too.

${table(['Metric', 'Type', 'Labels', 'Meaning'], rows)}
`;
}
