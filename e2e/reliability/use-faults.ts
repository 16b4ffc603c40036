import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../bench/eventually.ts';
import { useStage } from '../stage.ts';
import { BenchScene, furnish, sceneStage } from './bench-scene.ts';
import type { HostFault } from './faults.ts';
import { allVerbs } from './faults.ts';
import { MatrixRun } from './results.ts';

/** Plays a scene for each fault, one after the other on one stage, and writes what came of them. */
export function useFaults(resultsFile: string, faults: readonly HostFault[]): void {
  const stage = useStage(sceneStage);
  const cells = faults.flatMap((host) =>
    allVerbs.map((verb) => ({ verb, host, api: 'none' as const })),
  );
  const run = new MatrixRun(resultsFile, cells);
  const scenes = new Map<HostFault, BenchScene>();

  beforeAll(async () => {
    await furnish(stage());
    for (const fault of faults) scenes.set(fault, new BenchScene(stage(), fault));
    await Promise.all([...scenes.values()].map((scene) => scene.prepare()));
  }, 120_000);

  afterAll(() => {
    run.write();
  });

  it.each(faults)(
    '%s: the next attempts leave one dataset and one volume, or neither',
    async (fault) => {
      const scene = scenes.get(fault);
      await scene?.play();

      const outcomes = await Promise.allSettled(
        cells
          .filter(({ host }) => host === fault)
          .map((cell) =>
            run.run(
              cell,
              () => scene?.outcomeOf(cell.verb) ?? Promise.reject(new Error('no scene')),
            ),
          ),
      );

      const failed = outcomes.flatMap((each) =>
        each.status === 'rejected' ? [String(each.reason)] : [],
      );
      expect(failed).toEqual([]);
    },
    120_000,
  );

  it('leaves nothing else behind', async () => {
    const standing = [...scenes.values()].flatMap((scene) => scene.standing).toSorted();
    await eventually('what stands is what should', async () => {
      const volumes = (await stage().volumes()).map(({ metadata }) => metadata.name);
      const names = (await stage().datasetNames())
        .filter((dataset) => !dataset.includes('/.trash'))
        .map((dataset) => dataset.slice(dataset.lastIndexOf('/') + 1));
      expect(volumes.toSorted()).toEqual(standing);
      expect(names.toSorted()).toEqual(standing);
      return true;
    });
  });
}
