import type { KubeObject } from './objects.ts';

/** What an object is known by among those of its kind: `namespace/name`, or its name where it has no namespace. */
export function keyOf({ metadata }: KubeObject): string {
  return metadata.namespace === undefined
    ? metadata.name
    : `${metadata.namespace}/${metadata.name}`;
}
