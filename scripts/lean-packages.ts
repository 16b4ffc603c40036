// Leaves out of the bundle what packages load and the product never calls: all of it would be held in memory.
// Whoever calls it after all is told so.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Plugin } from 'esbuild';

interface Replacement {
  /** Whose import it is: a part of the importing file's path. */
  readonly of: string;
  readonly imported: RegExp;
  /** A module instead. */
  readonly by: string;
}

const unused = (...names: readonly string[]): string =>
  names
    .map((name) => `export function ${name}() { throw new Error('${name} is not in the bundle'); }`)
    .join('\n');

/** Functions of a package that is loaded when one of them is called. */
const whenCalled = (module: string, ...names: readonly string[]): string =>
  names
    .map(
      (name) =>
        `export function ${name}(...given) { return require('${module}').${name}(...given); }`,
    )
    .join('\n');

const clientNode = '/@kubernetes/client-node/';

const replacements: readonly Replacement[] = [
  // Of client-node KubeConfig, with its ways to log in; without the models of every kind and the clients made of them.
  {
    of: '/src/',
    imported: /^@kubernetes\/client-node$/,
    by: `export { KubeConfig } from '@kubernetes/client-node/dist/config.js';`,
  },
  {
    of: clientNode,
    imported: /^\.\/gen\/index\.js$/,
    by: unused('createConfiguration', 'ServerConfiguration'),
  },
  { of: clientNode, imported: /^\.\/middleware\.js$/, by: unused('setHeaderMiddleware') },
  { of: clientNode, imported: /^undici$/, by: unused('Agent', 'ProxyAgent') },
  // A SOCKS proxy is refused (kube-config.ts).
  { of: clientNode, imported: /^socks$/, by: unused('SocksClient') },
  { of: clientNode, imported: /^socks-proxy-agent$/, by: unused('SocksProxyAgent') },
  // Providers of tokens that hardly anybody has.
  { of: clientNode, imported: /^jsonpath-plus$/, by: whenCalled('jsonpath-plus', 'JSONPath') },
  {
    of: '/src/',
    imported: /^yaml$/,
    by: whenCalled('yaml', 'parse', 'parseDocument', 'stringify'),
  },
  // Of ssh2 its client; of keys with a passphrase few.
  { of: '/ssh2/', imported: /^\.\/server\.js$/, by: unused('Server') },
  { of: '/ssh2/', imported: /^\.\/keygen\.js$/, by: unused('generateKeyPair') },
  { of: '/ssh2/', imported: /^\.\/http-agents\.js$/, by: unused('SSHTTPAgent', 'SSHTTPSAgent') },
  { of: '/ssh2/', imported: /^bcrypt-pbkdf$/, by: whenCalled('bcrypt-pbkdf', 'pbkdf') },
  // Of prom-client and pino no processes and threads besides this one.
  { of: '/prom-client/', imported: /^\.\/lib\/(cluster|pushgateway)$/, by: unused('Others') },
  { of: '/prom-client/', imported: /^@opentelemetry\/api$/, by: unused('trace', 'context') },
  { of: '/pino/', imported: /^\.\/(lib\/)?transport$/, by: unused('transport') },
  { of: '/pino/', imported: /^worker_threads$/, by: 'export const isMainThread = true;' },
  // zod's messages in fifty languages.
  {
    of: '/zod/',
    imported: /\/locales\/index\.js$/,
    by: `export { default as en } from 'zod/v4/locales/en.js';`,
  },
];

const namespace = 'lean';
const root = fileURLToPath(new URL('..', import.meta.url));

/** For esbuild. */
export const leanPackages: Plugin = {
  name: 'lean-packages',
  setup(build) {
    replacements.forEach(({ of, imported }, index) => {
      build.onResolve({ filter: imported }, ({ importer }) =>
        importer.includes(of) ? { path: String(index), namespace } : undefined,
      );
    });
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: replacements[Number(path)]?.by ?? '',
      resolveDir: root,
    }));
  },
};

/**
 * Every letter beyond ASCII as its escape: with a single one in it, Node holds the whole bundle at two bytes a letter.
 * esbuild escapes them itself, but not in tagged templates and regular expressions.
 */
export const asciiSources: Plugin = {
  name: 'ascii-sources',
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(/[\u0080-\uffff]/g, escaped),
      loader: 'ts',
    }));
  },
};

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
