// Bundles the product into dist/main.cjs, and the administrator's commands into dist/kubectl-zfs.cjs. CommonJS,
// because ssh2 needs __dirname; see docs/adr/. Beside them go the list of what is in them (CycloneDX) and its licences.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';

import { bundledPackages, licenceTexts } from './scripts/bundled-packages.ts';
import { asciiSources, leanPackages } from './scripts/lean-packages.ts';
import { sbomOf } from './scripts/sbom.ts';
import { startFlags } from './scripts/start-flags.ts';

/** Older ones stop at a word that they do not know, and print the whole line: all of the program. */
const needsNode24 =
  "if (!(parseInt(process.versions.node, 10) >= 24)) { console.error('This program needs Node 24 or later; this is ' + process.version + '.'); process.exit(2); }";

interface Product {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

const product = JSON.parse(readFileSync('package.json', 'utf8')) as Product;

const { metafile } = await build({
  entryPoints: {
    start: 'src/start.ts',
    main: 'src/main.ts',
    'kubectl-zfs': 'src/kubectl-zfs.ts',
  },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  banner: { js: needsNode24 },
  minify: true,
  keepNames: true,
  metafile: true,
  // Places, not sources: stack traces need no more, and all of it is held in memory.
  sourcemap: true,
  sourcesContent: false,
  loader: { '.sh': 'text', '.css': 'text', '.browser.js': 'text' },
  external: ['cpu-features', '*.node'],
  plugins: [leanPackages, asciiSources],
  define: { VERSION: JSON.stringify(product.version) },
  logLevel: 'warning',
});

// kubectl runs it as a program of its own.
chmodSync('dist/kubectl-zfs.cjs', 0o755);

const packages = bundledPackages(metafile);
writeFileSync('dist/sbom.cdx.json', sbomOf(product, packages));
writeFileSync('dist/licences.txt', licenceTexts(packages));

// For this machine's Node; the image writes its own.
execFileSync(process.execPath, [...startFlags, 'dist/start.cjs', '--write-code-cache']);
