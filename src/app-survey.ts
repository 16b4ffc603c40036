// The composition root's part for what follows from looking at the storage hosts.
import type { HostListener } from './app-hosts.ts';
import type { AppParts } from './app-parts.ts';
import { AutoRepair } from './controller/auto-repair.ts';
import { Findings } from './controller/findings.ts';
import { Survey } from './controller/survey.ts';
import { TrashSweep } from './controller/trash-sweep.ts';
import type { Metrics } from './telemetry/metrics.ts';

type World = Omit<
  ConstructorParameters<typeof Survey>[0] &
    ConstructorParameters<typeof TrashSweep>[0] &
    ConstructorParameters<typeof AutoRepair>[0],
  'observe' | 'graceMs' | 'intervalMs' | 'kinds' | 'random'
> & { readonly listeners: readonly HostListener[] };

interface Looking {
  readonly survey: Survey;
  readonly trashSweep: TrashSweep;
}

export function buildSurvey(
  { settings, random }: AppParts,
  metrics: Metrics,
  world: World,
): Looking {
  const trashSweep = new TrashSweep({
    ...{ ...world, observe: metrics.trash },
    intervalMs: settings.trashSweepIntervalMs,
  });
  const findings = new Findings({ ...world, observe: metrics.drift.compared });
  const { autoRepair: kinds } = settings;
  const autoRepair = new AutoRepair({ ...world, kinds, observe: metrics.drift, random });
  const survey = new Survey({
    ...world,
    graceMs: settings.orphanGraceMs,
    intervalMs: settings.usage.intervalMs,
    observe: {
      surveyed: (host, usage) => {
        metrics.usage.record(host, usage);
        for (const listener of world.listeners) listener.surveyed(host, usage);
        trashSweep.surveyed(host, usage);
      },
      compared: (host, comparison, signal) => {
        findings.compared(host, comparison);
        for (const listener of world.listeners) listener.compared?.(host, comparison);
        void autoRepair.compared(host, comparison, signal);
      },
      orphans: metrics.usage.setOrphans,
      unreachable: (host) => {
        metrics.usage.forget(host);
        for (const listener of world.listeners) listener.unseen(host);
        metrics.drift.forget(host);
        trashSweep.unreachable(host);
      },
    },
  });
  return { survey, trashSweep };
}
