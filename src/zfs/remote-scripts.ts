import createScript from './scripts/create.sh';
import destroyScript from './scripts/destroy.sh';
import exportsScript from './scripts/exports.sh';
import growScript from './scripts/grow.sh';
import prelude from './scripts/prelude.sh';
import promisesScript from './scripts/promises.sh';
import scanScript from './scripts/scan.sh';
import shareScript from './scripts/share.sh';

/** The whole text that is sent for each verb. */
export const remoteScripts = {
  create: prelude + exportsScript + promisesScript + createScript,
  destroy: prelude + destroyScript,
  grow: prelude + promisesScript + growScript,
  reshare: prelude + shareScript,
  scan: prelude + scanScript,
} as const;

export type RemoteVerb = keyof typeof remoteScripts;
