import createScript from './scripts/create.sh';
import destroyScript from './scripts/destroy.sh';
import doctorScript from './scripts/doctor.sh';
import exportsScript from './scripts/exports.sh';
import growScript from './scripts/grow.sh';
import prelude from './scripts/prelude.sh';
import promisesScript from './scripts/promises.sh';
import removalScript from './scripts/removal.sh';
import repairScript from './scripts/repair.sh';
import restoreScript from './scripts/restore.sh';
import scanScript from './scripts/scan.sh';
import shareScript from './scripts/share.sh';
import trashScript from './scripts/trash.sh';

/** The whole text that is sent for each verb. */
export const remoteScripts = {
  create: prelude + exportsScript + promisesScript + createScript,
  destroy: prelude + removalScript + destroyScript,
  doctor: prelude + doctorScript,
  grow: prelude + promisesScript + growScript,
  repair: prelude + repairScript,
  reshare: prelude + shareScript,
  restore: prelude + removalScript + restoreScript,
  scan: prelude + scanScript,
  trash: prelude + removalScript + trashScript,
} as const;

export type RemoteVerb = keyof typeof remoteScripts;
