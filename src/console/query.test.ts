import { describe, expect, it } from '@jest/globals';

import type { Parsed } from './query.ts';
import { parseQuery } from './query.ts';
import { shapes } from './shapes.ts';

const parsed = (query: string): Parsed => parseQuery(new URLSearchParams(query), shapes.volumes);

describe('a query', () => {
  it('is what is usual where nothing is asked for, as forms send it', () => {
    const usual = { query: { page: 1, pageSize: 50 } };

    expect(parsed('')).toEqual(usual);
    expect(parsed('search=&namespace=&sort=&page=&pageSize=')).toEqual(usual);
  });

  it('says all that can be asked for', () => {
    expect(parsed('sort=-usedBytes&search=a+b&namespace=shop&page=3&pageSize=500')).toEqual({
      query: {
        ...{ sort: '-usedBytes', search: 'a b', namespace: 'shop', page: 3, pageSize: 500 },
      },
    });
  });

  it('is refused with everything that is wrong about it', () => {
    const query = 'sort=__proto__&page=0&pageSize=501&filter=x&search=a&search=b';

    expect(parsed(`${query}&namespace=${'x'.repeat(257)}`)).toEqual({
      problems: [
        'there is no parameter "filter": expected sort, search, namespace, page, pageSize',
        'search is given more than once',
        'namespace is longer than 256 characters',
        'page is "0": expected a number from 1 to 1000000',
        'pageSize is "501": expected a number from 1 to 500',
        expect.stringContaining('sort is "__proto__": expected one of volume, phase, '),
      ],
    });
  });

  it.each(['1e3', '-1', '1.5', ' 1', '0x10', '٣', '1000001'])('takes %j for no page', (page) => {
    expect(parsed(`page=${encodeURIComponent(page)}`).problems).toHaveLength(1);
  });
});
