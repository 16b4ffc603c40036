import type { TableShape } from '../overview/page.ts';
import {
  eventTable,
  findingTable,
  hostTable,
  poolTable,
  trashTable,
  volumeTable,
  waitingTable,
} from '../overview/tables.ts';
import type { Tables } from '../overview/views.ts';
import type { TableName } from './reads.ts';

export const shapes: { readonly [N in TableName]: TableShape<Tables[N]> } = {
  hosts: hostTable,
  pools: poolTable,
  volumes: volumeTable,
  waiting: waitingTable,
  events: eventTable,
  trash: trashTable,
  findings: findingTable,
};
