import { describe, expect, it } from '@jest/globals';

import { bundledPackages, licenceTexts } from './bundled-packages.ts';
import { sbomOf } from './sbom.ts';

const product = { name: 'product', version: '1.0.0', description: 'it', license: 'Apache-2.0' };

const bundleOf = (inputs: Readonly<Record<string, number>>) => ({
  outputs: {
    'dist/main.cjs': {
      inputs: Object.fromEntries(
        Object.entries(inputs).map(([file, bytesInOutput]) => [file, { bytesInOutput }]),
      ),
    },
  },
});

const packages = bundledPackages(
  bundleOf({
    'src/main.ts': 10,
    'node_modules/ssh2/lib/client.js': 10,
    'node_modules/ssh2/lib/agent.js': 10,
    'node_modules/@kubernetes/client-node/dist/index.js': 10,
    'node_modules/yaml/dist/index.js': 0,
  }),
);

describe('what is in a bundle', () => {
  it('is each package once of which there are bytes', () => {
    expect(packages.map(({ name }) => name)).toEqual(['@kubernetes/client-node', 'ssh2']);
  });

  it('is nothing that the lock file does not have', () => {
    expect(() => bundledPackages(bundleOf({ 'node_modules/stranger/x.js': 1 }))).toThrow(
      'package-lock.json does not have node_modules/stranger',
    );
  });

  it('goes with the text of each licence', () => {
    const texts = licenceTexts(packages);

    expect(texts).toMatch(/^@kubernetes\/client-node \d\S* \(Apache-2\.0\)$/m);
    expect(texts).toMatch(/^ssh2 \d\S* \(MIT\)$/m);
    expect(texts).toContain('Permission is hereby granted');
  });
});

describe('the list of what is in the image', () => {
  it('names packages as others look them up, with the digest of their archive', () => {
    const { components, dependencies } = JSON.parse(sbomOf(product, packages)) as {
      components: readonly { purl: string; hashes: readonly { content: string }[] }[];
      dependencies: readonly { ref: string; dependsOn?: readonly string[] }[];
    };

    expect(components.map(({ purl }) => purl)).toEqual([
      expect.stringMatching(/^pkg:npm\/%40kubernetes\/client-node@\d/),
      expect.stringMatching(/^pkg:npm\/ssh2@\d/),
    ]);
    expect(components.flatMap(({ hashes }) => hashes.map(({ content }) => content))).toEqual([
      expect.stringMatching(/^[0-9a-f]{128}$/),
      expect.stringMatching(/^[0-9a-f]{128}$/),
    ]);
    expect(dependencies[0]?.dependsOn).toEqual(components.map(({ purl }) => purl));
  });

  it('is the same each time', () => {
    expect(sbomOf(product, packages)).toBe(sbomOf(product, packages));
  });
});
