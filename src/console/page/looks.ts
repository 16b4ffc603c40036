import type { TableName } from '../reads.ts';
import { findings, trash } from './dataset-tables.ts';
import { hosts, pools } from './host-tables.ts';
import type { TableLook } from './look.ts';
import { volumes } from './volume-table.ts';
import { events, waiting } from './work-tables.ts';

export const looks: { readonly [N in TableName]: TableLook<N> } = {
  hosts,
  pools,
  volumes,
  waiting,
  events,
  trash,
  findings,
};
