import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiScene, writingVerbs } from '../reliability/api-scene.ts';
import { furnish, sceneStage } from '../reliability/bench-scene.ts';
import { apiFaultsOf } from '../reliability/faults.ts';
import type { Cell } from '../reliability/results.ts';
import { MatrixRun } from '../reliability/results.ts';
import { useStage } from '../stage.ts';

const stage = useStage({ ...sceneStage, apiProxy: true });

const cells = writingVerbs.flatMap((verb) =>
  apiFaultsOf(verb).map((api): Cell => ({ verb, host: 'none', api })),
);
const run = new MatrixRun('matrix-api.json', cells);
let scenes: readonly ApiScene[] = [];

beforeAll(async () => {
  await furnish(stage());
  scenes = cells.map((cell) => new ApiScene(stage(), cell));
  await Promise.all(scenes.map((scene) => scene.prepare()));
}, 120_000);

afterAll(() => {
  run.write();
});

async function expectEachToEndWell(played: readonly ApiScene[]): Promise<void> {
  for (const scene of played) await scene.begin();
  const outcomes = await Promise.allSettled(
    played.map((scene) => run.run(scene.cell, () => scene.outcome())),
  );
  const failed = outcomes.flatMap((each) =>
    each.status === 'rejected' ? [String(each.reason)] : [],
  );
  expect(failed).toEqual([]);
}

describe('a write to the API that goes wrong', () => {
  it('of a new volume: the claim ends with one dataset and one volume, or says why not', async () => {
    for (const scene of scenes.filter(({ isAlone }) => isAlone)) await expectEachToEndWell([scene]);
  }, 120_000);

  it('of anything else: what was begun is finished', async () => {
    await expectEachToEndWell(scenes.filter(({ isAlone, isSlow }) => !isAlone && !isSlow));
  }, 120_000);

  it('of whatever kind, that is never answered: it is finished after the time-out', async () => {
    await expectEachToEndWell(scenes.filter(({ isSlow }) => isSlow));
  }, 150_000);

  it('leaves nothing else behind', async () => {
    const standing = scenes.flatMap((scene) => scene.standing).toSorted();
    const names = (await stage().datasetNames())
      .filter((dataset) => !dataset.includes('/.trash'))
      .map((dataset) => dataset.slice(dataset.lastIndexOf('/') + 1));
    expect(names.toSorted()).toEqual(standing);
    expect(stage().installation.apiProxy.pending).toBe(0);
  });
});
