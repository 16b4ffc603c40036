import createScript from './scripts/create.sh';
import destroyScript from './scripts/destroy.sh';
import growScript from './scripts/grow.sh';
import prelude from './scripts/prelude.sh';
import scanScript from './scripts/scan.sh';

/** The whole text that is sent for each verb. */
export const remoteScripts = {
  create: prelude + createScript,
  destroy: prelude + destroyScript,
  grow: prelude + growScript,
  scan: prelude + scanScript,
} as const;

export type RemoteVerb = keyof typeof remoteScripts;
