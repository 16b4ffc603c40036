import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import { runCommand } from '../bench/machine/run-command.ts';
import { packImage } from '../bench/node/images.ts';
import { copyFromCheckout, runBuildStage } from './build-stage.ts';
import type { BuildStage, Step } from './dockerfile.ts';
import { productStages } from './dockerfile.ts';
import { baseConfig, writeRuntime } from './runtime-files.ts';

export interface ProductImage {
  /** For `ctr images import`. */
  readonly archive: string;
  /** What stands for the base image, unpacked. */
  readonly runtime: string;
  /** What the Dockerfile adds to it, unpacked. */
  readonly product: string;
}

/**
 * Makes the product's image as the Dockerfile says, without Docker and without a registry: its build stage is run, its
 * last stage is laid over a stand-in for the base image.
 * @param folder on the checkout's file system
 */
export async function buildProductImage(folder: string, name: string): Promise<ProductImage> {
  const stages = productStages();
  const image = stages.at(-1);
  if (image === undefined) throw new Error('the Dockerfile has no stage');
  rmSync(folder, { recursive: true, force: true });
  const [runtime, product] = [join(folder, 'runtime'), join(folder, 'product')];
  await writeRuntime(runtime, process.execPath);
  await fill(product, image, { folder, stages });
  const archive = await packImage({
    ...{ folder, name },
    layers: [runtime, product],
    config: configOf(image),
  });
  return { archive, runtime, product };
}

type Run = Extract<Step, { kind: 'run' }>;

interface Build {
  readonly folder: string;
  readonly stages: readonly BuildStage[];
}

async function fill(root: string, image: BuildStage, { folder, stages }: Build): Promise<void> {
  const inside = join(root, image.folder);
  mkdirSync(inside, { recursive: true });
  const built = new Map<string, string>();
  for (const stage of stages.slice(0, -1)) {
    const place = join(folder, 'stages', stage.name ?? '');
    await runBuildStage(stage, place);
    if (stage.name !== undefined) built.set(stage.name, place);
  }
  for (const step of image.steps) {
    if (step.kind === 'run') await runInImage(step, inside);
    else if (step.from === undefined) copyFromCheckout(step, inside);
    else {
      const from = built.get(step.from);
      if (from === undefined) throw new Error(`COPY --from=${step.from}: there is no such stage`);
      for (const source of step.sources) {
        cpSync(join(from, source), join(inside, step.target, basename(source)));
      }
    }
  }
}

/** Node is the one that stands for the base image's. */
async function runInImage({ command }: Run, inside: string): Promise<void> {
  const [program, ...args] = command;
  if (program !== baseConfig.entrypoint[0]) {
    throw new Error(`the base image has Node and no shell: it cannot RUN ${String(command)}`);
  }
  await runCommand(process.execPath, args, { cwd: inside });
}

function configOf(image: BuildStage): object {
  const env = { ...baseConfig.env, ...image.env };
  return {
    User: image.user,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Entrypoint: baseConfig.entrypoint,
    Cmd: image.command,
    WorkingDir: image.folder,
    Labels: image.labels,
    ExposedPorts: Object.fromEntries(image.ports.map((port) => [`${port}/tcp`, {}])),
  };
}
