import { createHash } from 'node:crypto';
import script from './console.browser.js';
import style from './style.css';

/** What pages load besides themselves. */
export interface Asset {
  readonly path: string;
  /** What pages ask for: the path with the version behind it, so that it may be kept for as long as one likes. */
  readonly address: string;
  readonly contentType: string;
  readonly body: string;
  /** For the header, with its quotes. */
  readonly etag: string;
}

export const styleAsset = assetOf('style.css', 'text/css; charset=utf-8', style);
export const scriptAsset = assetOf('console.js', 'text/javascript; charset=utf-8', script);

export const assets: readonly Asset[] = [styleAsset, scriptAsset];

function assetOf(name: string, contentType: string, body: string): Asset {
  const version = createHash('sha256').update(body).digest('hex').slice(0, 16);
  const path = `/console/assets/${name}`;
  return { path, address: `${path}?v=${version}`, contentType, body, etag: `"${version}"` };
}
