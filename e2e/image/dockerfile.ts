import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { DockerfileParser } from 'dockerfile-ast';

/** A step of a stage that changes its files. */
export type Step =
  | {
      readonly kind: 'copy';
      /** A stage; undefined: the folder that is built from. */
      readonly from: string | undefined;
      readonly sources: readonly string[];
      readonly target: string;
    }
  | {
      readonly kind: 'run';
      /** A line for the shell, or a program with its arguments, for which none is needed. */
      readonly command: string | readonly string[];
    };

export interface BuildStage {
  readonly name: string | undefined;
  readonly base: string;
  /** `$BUILDPLATFORM`, or nothing. */
  readonly platform: string | undefined;
  readonly steps: readonly Step[];
  readonly folder: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly ports: readonly string[];
  readonly command: readonly string[];
}

type Instruction = ReturnType<DockerfileOf['getInstructions']>[number];
type DockerfileOf = ReturnType<typeof DockerfileParser.parse>;
type Change = (stage: BuildStage, instruction: Instruction) => BuildStage;

export const checkout = join(import.meta.dirname, '../..');

/** The stages of the product's Dockerfile. */
export function productStages(): readonly BuildStage[] {
  return readStages(readFileSync(join(checkout, 'Dockerfile'), 'utf8'));
}

/**
 * What a Dockerfile says, as far as ours says anything.
 * @throws when it has an instruction that is not understood here: a test that left it out would test another image
 */
export function readStages(text: string): readonly BuildStage[] {
  const stages: BuildStage[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === 'FROM') stages.push(stageOf(instruction));
    else if (keyword !== 'ARG') {
      const change = changes[keyword];
      const stage = stages.pop();
      if (change === undefined || stage === undefined) {
        throw new Error(`the Dockerfile has ${keyword}, which is not understood here`);
      }
      stages.push(change(stage, instruction));
    }
  }
  return stages;
}

function stageOf(instruction: Instruction): BuildStage {
  const [base = '', , name] = wordsOf(instruction);
  const platform = flagsOf(instruction).get('platform');
  const nothing = { steps: [], folder: '/', labels: {}, env: {}, user: undefined, ports: [] };
  return { ...nothing, base, name, platform, command: [] };
}

const changes: Readonly<Record<string, Change>> = {
  WORKDIR: (stage, instruction) => ({ ...stage, folder: wordsOf(instruction).join(' ') }),
  COPY: (stage, instruction) => {
    const words = wordsOf(instruction);
    const from = flagsOf(instruction).get('from');
    const target = words.at(-1) ?? '';
    return withStep(stage, { kind: 'copy', from, sources: words.slice(0, -1), target });
  },
  RUN: (stage, instruction) => {
    const text = wordsOf(instruction).join(' ');
    const command = text.startsWith('[') ? (JSON.parse(text) as string[]) : text;
    return withStep(stage, { kind: 'run', command });
  },
  LABEL: (stage, instruction) => ({
    ...stage,
    labels: { ...stage.labels, ...propertiesOf(instruction) },
  }),
  ENV: (stage, instruction) => ({ ...stage, env: { ...stage.env, ...propertiesOf(instruction) } }),
  USER: (stage, instruction) => ({ ...stage, user: wordsOf(instruction)[0] }),
  EXPOSE: (stage, instruction) => ({ ...stage, ports: wordsOf(instruction) }),
  CMD: (stage, instruction) => {
    const command = JSON.parse(wordsOf(instruction).join(' ')) as string[];
    return { ...stage, command };
  },
};

function withStep(stage: BuildStage, step: Step): BuildStage {
  return { ...stage, steps: [...stage.steps, step] };
}

function wordsOf(instruction: Instruction): string[] {
  return instruction.getExpandedArguments().map((argument) => argument.getValue());
}

interface Named {
  readonly getName: () => string;
  readonly getValue: () => string | null;
}

/** What the parser's kinds of instructions have besides; their classes are not told apart by structure. */
interface Extras {
  readonly getFlags?: () => readonly Named[];
  readonly getProperties?: () => readonly Named[];
}

function flagsOf(instruction: Instruction & Extras): ReadonlyMap<string, string> {
  return new Map(pairsOf(instruction.getFlags?.()));
}

function propertiesOf(instruction: Instruction & Extras): Record<string, string> {
  return Object.fromEntries(pairsOf(instruction.getProperties?.()));
}

function pairsOf(named: readonly Named[] = []): [string, string][] {
  return named.map((each) => [each.getName(), each.getValue() ?? '']);
}
