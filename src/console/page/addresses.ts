import { usualPageSize } from '../../overview/page.ts';
import type { PageQuery } from '../../overview/views.ts';
import type { TableName } from '../reads.ts';

export const overviewAddress = '/console';
export const streamAddress = '/console/api/stream';

const usualPage = 1;

/** Of a table's page, showing that part of it; what is usual is not written. */
export function tableAddress(name: TableName, query: Partial<PageQuery> = {}): string {
  const { sort, search, namespace, page = usualPage, pageSize = usualPageSize } = query;
  const fields = new URLSearchParams();
  const set = (field: keyof PageQuery, value: string | undefined): void => {
    if (value !== undefined && value !== '') fields.set(field, value.toWellFormed());
  };
  set('search', search);
  set('namespace', namespace);
  set('sort', sort);
  if (page !== usualPage) set('page', String(page));
  if (pageSize !== usualPageSize) set('pageSize', String(pageSize));
  const written = fields.toString();
  return `/console/${name}${written === '' ? '' : `?${written}`}`;
}

export function volumeAddress(volume: string): string {
  return `/console/volumes/${encodeURIComponent(volume.toWellFormed())}`;
}
