import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

/**
 * What the dashboard may say: the part of Grafana's classic JSON model (schemaVersion 39, Grafana 10 and later) that
 * it uses. Grafana itself ignores what it does not know, so a field that is misspelt would only show in the browser.
 */
const datasource = z.strictObject({
  type: z.literal('prometheus'),
  uid: z.literal('${datasource}'),
});

const gridPos = z.strictObject({
  h: z.int().min(1),
  w: z.int().min(1).max(24),
  x: z.int().min(0).max(23),
  y: z.int().min(0),
});

const row = z.strictObject({
  id: z.int().min(1),
  type: z.literal('row'),
  title: z.string().min(1),
  collapsed: z.literal(false),
  gridPos,
  panels: z.tuple([]),
});

const target = z
  .strictObject({
    refId: z.string().regex(/^[A-Z]$/),
    datasource,
    expr: z.string().min(1),
    legendFormat: z.string().min(1),
    editorMode: z.literal('code'),
    instant: z.boolean(),
    range: z.boolean(),
  })
  .refine(({ instant, range }) => instant !== range, 'either instant or range');

const mapping = z.strictObject({
  type: z.literal('value'),
  options: z.record(
    z.string(),
    z.strictObject({ text: z.string(), color: z.string(), index: z.int() }),
  ),
});

const defaults = z.strictObject({
  unit: z.enum(['short', 's', 'ops', 'bytes', 'percentunit']),
  thresholds: z.strictObject({
    mode: z.literal('absolute'),
    steps: z.array(z.strictObject({ color: z.string(), value: z.number().nullable() })).min(1),
  }),
  mappings: z.array(mapping),
  color: z.strictObject({ mode: z.enum(['thresholds', 'palette-classic']) }),
  min: z.number().optional(),
  max: z.number().optional(),
  decimals: z.int().optional(),
  custom: z.record(z.string(), z.unknown()).optional(),
});

const legend = z.strictObject({
  displayMode: z.literal('list'),
  placement: z.literal('bottom'),
  showLegend: z.boolean(),
  calcs: z.tuple([]).optional(),
});
const tooltip = z.strictObject({
  mode: z.enum(['single', 'multi']),
  sort: z.enum(['none', 'desc']),
});
const reduceOptions = z.strictObject({
  calcs: z.tuple([z.literal('lastNotNull')]),
  fields: z.literal(''),
  values: z.literal(false),
});

const common = {
  id: z.int().min(1),
  title: z.string().min(1),
  description: z.string().min(1),
  datasource,
  gridPos,
  fieldConfig: z.strictObject({ defaults, overrides: z.tuple([]) }),
  targets: z.array(target).min(1),
};

const graph = z.discriminatedUnion('type', [
  z.strictObject({
    ...common,
    type: z.literal('timeseries'),
    options: z.strictObject({ legend, tooltip }),
  }),
  z.strictObject({
    ...common,
    type: z.literal('state-timeline'),
    options: z.strictObject({
      ...{ mergeValues: z.boolean(), showValue: z.literal('auto'), alignValue: z.literal('left') },
      ...{ rowHeight: z.number(), legend, tooltip },
    }),
  }),
  z.strictObject({
    ...common,
    type: z.literal('stat'),
    options: z.strictObject({
      ...{ colorMode: z.literal('value'), graphMode: z.literal('none') },
      ...{ justifyMode: z.literal('auto'), orientation: z.literal('auto') },
      ...{ textMode: z.enum(['value', 'value_and_name']), reduceOptions },
    }),
  }),
  z.strictObject({
    ...common,
    type: z.literal('bargauge'),
    options: z.strictObject({
      ...{ displayMode: z.literal('basic'), orientation: z.literal('horizontal') },
      ...{ showUnfilled: z.boolean(), valueMode: z.literal('color'), reduceOptions },
    }),
  }),
]);

const variableFields = {
  name: z.string().regex(/^[a-z]+$/),
  label: z.string().min(1),
  regex: z.literal(''),
  options: z.tuple([]),
  hide: z.literal(0),
  skipUrlSync: z.literal(false),
};

const variable = z.discriminatedUnion('type', [
  z.strictObject({
    ...variableFields,
    type: z.literal('datasource'),
    query: z.literal('prometheus'),
    refresh: z.literal(1),
    multi: z.literal(false),
    includeAll: z.literal(false),
    current: z.strictObject({}),
  }),
  z.strictObject({
    ...variableFields,
    type: z.literal('query'),
    datasource,
    query: z.strictObject({ query: z.string(), refId: z.literal('StandardVariableQuery') }),
    definition: z.string(),
    refresh: z.literal(2),
    sort: z.literal(1),
    multi: z.literal(true),
    includeAll: z.literal(true),
    allValue: z.literal('.+'),
    current: z.strictObject({
      selected: z.literal(true),
      text: z.tuple([z.literal('All')]),
      value: z.tuple([z.literal('$__all')]),
    }),
  }),
]);

const dashboardSchema = z.strictObject({
  title: z.string().min(1),
  uid: z.string().regex(/^[a-z-]{1,40}$/),
  description: z.string(),
  tags: z.array(z.string()),
  schemaVersion: z.literal(39),
  version: z.int(),
  editable: z.boolean(),
  graphTooltip: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  refresh: z.string().regex(/^\d+[sm]$/),
  time: z.strictObject({ from: z.string().regex(/^now-\d+[hdm]$/), to: z.literal('now') }),
  timezone: z.literal('browser'),
  timepicker: z.strictObject({}),
  fiscalYearStartMonth: z.literal(0),
  weekStart: z.literal(''),
  liveNow: z.boolean(),
  links: z.tuple([]),
  annotations: z.strictObject({ list: z.array(z.record(z.string(), z.unknown())) }),
  templating: z.strictObject({ list: z.array(variable) }),
  panels: z.array(z.union([row, graph])),
});

export type Dashboard = z.infer<typeof dashboardSchema>;
export type Graph = z.infer<typeof graph>;

const file = join(import.meta.dirname, '../dashboards/zfs-provisioner.json');

export const dashboardText = readFileSync(file, 'utf8');

/** @throws where it says anything that the schema does not know */
export function parseDashboard(json: unknown): Dashboard {
  return dashboardSchema.parse(json);
}

export function readDashboard(): Dashboard {
  return parseDashboard(JSON.parse(dashboardText));
}

/** The panels that ask something. */
export function graphsOf({ panels }: Dashboard): readonly Graph[] {
  return panels.filter((panel) => panel.type !== 'row');
}

/** A query as Grafana sends it. A variable without a value is left as it is. */
export function substituted(query: string, values: Readonly<Record<string, string>>): string {
  return query.replaceAll(/\$(\w+)|\$\{(\w+)\}/g, (whole, plain?: string, braced?: string) => {
    return values[plain ?? braced ?? ''] ?? whole;
  });
}
