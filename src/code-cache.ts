import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { constants, Script } from 'node:vm';

/** `refused`: it is of another bundle, another release of Node or other flags. */
export type CacheUse = 'used' | 'absent' | 'refused';

type ModuleBody = (...given: readonly unknown[]) => void;

/** What Node puts around a module (https://nodejs.org/api/modules.html#the-module-wrapper). */
const before = '(function (exports, require, module, __filename, __dirname) { ';
const after = '\n});';

/**
 * A CommonJS bundle, compiled with V8's code cache of it where there is one that fits: what was compiled when the cache
 * was written need not be parsed, which takes memory that is not given back. Without one it is compiled as usual.
 */
export class CachedBundle {
  readonly cacheUse: CacheUse;
  readonly #file: string;
  readonly #cacheFile: string;
  readonly #source: string;
  readonly #script: Script;

  /** @throws when the bundle cannot be read, or is no JavaScript */
  constructor(file: string, cacheFile: string) {
    this.#file = file;
    this.#cacheFile = cacheFile;
    const source = readFileSync(file, 'utf8');
    this.#source = source;
    const cachedData = readCache(cacheFile, source);
    this.#script = new Script(`${before}${source}${after}`, {
      filename: file,
      // Places in stack traces are those of the file.
      columnOffset: -before.length,
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      ...(typeof cachedData !== 'string' && { cachedData }),
    });
    const isRefused = cachedData === 'refused' || this.#script.cachedDataRejected === true;
    this.cacheUse = isRefused ? 'refused' : cachedData === 'absent' ? 'absent' : 'used';
  }

  /** As `require` would. */
  run(): void {
    const body = this.#script.runInThisContext() as ModuleBody;
    const module = { exports: {} };
    const folder = dirname(this.#file);
    body.call(
      module.exports,
      module.exports,
      createRequire(this.#file),
      module,
      this.#file,
      folder,
    );
  }

  /**
   * Writes the cache, with all functions that ran so far. For this release of Node and these flags.
   * @throws when the file cannot be written
   */
  writeCache(): void {
    const written = `${this.#cacheFile}.new`;
    const data = this.#script.createCachedData();
    writeFileSync(written, Buffer.concat([digestOf(this.#source, data), data]));
    renameSync(written, this.#cacheFile);
  }
}

/** V8 itself compares no more of the source than its length, and of the cache nothing: what is spoilt ends the process. */
function digestOf(source: string, data: Buffer): Buffer {
  return createHash('sha256').update(source).update(data).digest();
}

const digestLength = 32;

function readCache(cacheFile: string, source: string): Buffer | Exclude<CacheUse, 'used'> {
  let content: Buffer;
  try {
    content = readFileSync(cacheFile);
  } catch {
    return 'absent';
  }
  const data = content.subarray(digestLength);
  return digestOf(source, data).equals(content.subarray(0, digestLength)) ? data : 'refused';
}
