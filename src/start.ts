// The image's command: runs main.cjs beside it with V8's code cache, main.cache, when there is one that fits.
// `--write-code-cache` writes it, `--check-code-cache` tells whether it is used.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { CachedBundle } from './code-cache.ts';

function start(): void {
  const [, program = '', option] = process.argv;
  const file = join(dirname(program), 'main.cjs');
  if (process.sourceMapsEnabled) {
    // Node reads the source map of a module only.
    createRequire(program)(file);
    return;
  }
  const bundle = new CachedBundle(file, join(dirname(program), 'main.cache'));
  if (option === '--check-code-cache') {
    process.stdout.write(`${bundle.cacheUse}\n`);
    return;
  }
  if (option === '--write-code-cache') {
    // All of it is loaded, and nothing is done.
    process.argv[2] = '--version';
    process.once('exit', () => {
      bundle.writeCache();
    });
  }
  bundle.run();
}

start();
