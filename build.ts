// Bundles the product into dist/main.cjs, and the administrator's commands into dist/kubectl-zfs.cjs. CommonJS,
// because ssh2 needs __dirname; see docs/adr/.
import { build } from 'esbuild';
import { chmodSync, readFileSync } from 'node:fs';

/** Older ones stop at a word that they do not know, and print the whole line: all of the program. */
const needsNode24 =
  "if (!(parseInt(process.versions.node, 10) >= 24)) { console.error('This program needs Node 24 or later; this is ' + process.version + '.'); process.exit(2); }";

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

await build({
  entryPoints: { main: 'src/main.ts', 'kubectl-zfs': 'src/kubectl-zfs.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  banner: { js: needsNode24 },
  minify: true,
  keepNames: true,
  sourcemap: true,
  loader: { '.sh': 'text' },
  external: ['cpu-features', '*.node'],
  define: { VERSION: JSON.stringify(version) },
  logLevel: 'warning',
});

// kubectl runs it as a program of its own.
chmodSync('dist/kubectl-zfs.cjs', 0o755);
