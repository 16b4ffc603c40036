/** A part of a path that is called otherwise elsewhere: `/tank=/mnt/tank`. */
export interface PathPrefix {
  readonly from: string;
  readonly to: string;
}

const absolute = /^\/(?!\/)[A-Za-z0-9/_.:@+-]{0,1000}$/;

/** Reads `/from=/to`; undefined where it is none. `/` stands for everything. */
export function parsePathPrefix(text: string): PathPrefix | undefined {
  const [from, to, ...rest] = text.split('=');
  if (from === undefined || to === undefined || rest.length > 0) return undefined;
  return isPlain(from) && isPlain(to) ? { from, to } : undefined;
}

export function formatPathPrefix({ from, to }: PathPrefix): string {
  return `${from}=${to}`;
}

/** The path as it is called there; undefined where it is not below the prefix. */
export function withPrefix({ from, to }: PathPrefix, path: string): string | undefined {
  const rest = below(from, path);
  return rest === undefined ? undefined : `${to === '/' ? '' : to}${rest}` || '/';
}

/** Undoes `withPrefix`. */
export function withoutPrefix({ from, to }: PathPrefix, path: string): string | undefined {
  return withPrefix({ from: to, to: from }, path);
}

function isPlain(path: string): boolean {
  if (path === '/') return true;
  return absolute.test(path) && path.slice(1).split('/').every(isComponent);
}

function isComponent(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..';
}

/** What follows the folder: empty, or beginning with a slash. */
function below(folder: string, path: string): string | undefined {
  if (folder === '/') return path === '/' ? '' : path;
  if (path === folder) return '';
  return path.startsWith(`${folder}/`) ? path.slice(folder.length) : undefined;
}
