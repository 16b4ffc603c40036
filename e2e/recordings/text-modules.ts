import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** Lets the product's modules be imported without a bundler: the scripts that it sends are text to them. */
export function importScriptsAsText(): void {
  registerHooks({
    load: (url, context, nextLoad) => {
      if (!url.endsWith('.sh')) return nextLoad(url, context);
      const source = `export default ${JSON.stringify(readFileSync(new URL(url), 'utf8'))}`;
      return { format: 'module', source, shortCircuit: true };
    },
  });
}
