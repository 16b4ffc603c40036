import { describe, expect, it } from '@jest/globals';

import { readPage } from './object-page.ts';

const page = (items: readonly unknown[] | null, more: object = {}): string =>
  JSON.stringify({
    kind: 'List',
    metadata: { resourceVersion: '7', continue: 'on' },
    items,
    ...more,
  });

const named = (name: string, more: object = {}): object => ({ metadata: { name }, ...more });

const managed = [
  { manager: 'kubectl]},', fieldsV1: { 'f:spec': { 'k:{"type":"a]},\\"spec\\":{"}': {} } } },
  { manager: 'other', fieldsV1: { 'f:metadata': {} } },
];

/** In pieces of so many bytes. */
async function* inPieces(text: string, bytes: number): AsyncGenerator<Uint8Array> {
  const all = Buffer.from(text);
  for (let from = 0; from < all.length; from += bytes) {
    yield await Promise.resolve(all.subarray(from, from + bytes));
  }
}

const read = (text: string, bytes = 7): ReturnType<typeof readPage<unknown>> =>
  readPage(inPieces(text, bytes), (sent) => sent);

describe('a page of a list', () => {
  it.each([1, 7, 64, 4096])('is the same however it comes: %i bytes at a time', async (bytes) => {
    const items = [named('a', { spec: { size: '1Gi' } }), named('ü€😀'), named('c')];

    expect(await read(page(items), bytes)).toEqual({
      metadata: { resourceVersion: '7', continue: 'on' },
      items,
    });
  });

  it('may hold nothing, or say that it does', async () => {
    expect((await read(page([]))).items).toEqual([]);
    expect((await read(page(null))).items).toEqual([]);
  });

  it('is kept object by object, as it comes', async () => {
    const kept: unknown[] = [];
    const text = page([named('a'), named('b'), named('c')]);
    const cut = text.indexOf('"c"');

    const reading = readPage(inPieces(text.slice(0, cut), 5), (sent) => kept.push(sent));

    await expect(reading).rejects.toThrow('the answer is not JSON');
    expect(kept).toEqual([named('a'), named('b')]);
  });

  it('holds what looks like the beginning of the next object, in a text or for real', async () => {
    const text = ',{"metadata":{"name":"no"}}';
    const items = [
      named('a', { spec: { note: text, templates: [{}, named('within'), named('too')] } }),
      named('b'),
    ];

    expect((await read(page(items))).items).toEqual(items);
  });

  it('leaves out who wrote which field, of all but the last object', async () => {
    const items = ['a', 'b', 'c'].map((name) => ({
      metadata: { name, managedFields: managed },
      spec: { size: '1Gi' },
      status: { phase: 'Bound' },
    }));

    const without = (await read(page(items))).items.map(
      (each) =>
        JSON.parse(
          JSON.stringify(each, (key, value: unknown) =>
            key === 'managedFields' ? undefined : value,
          ),
        ) as object,
    );

    expect(without).toEqual(
      ['a', 'b', 'c'].map((name) =>
        named(name, { spec: { size: '1Gi' }, status: { phase: 'Bound' } }),
      ),
    );
    expect(JSON.stringify((await read(page(items))).items[0])).not.toContain('managedFields');
  });

  it('may be written in another way than the API server writes it', async () => {
    const items = [{ spec: {}, metadata: { name: 'a' } }, named('b')];
    const metadata = { resourceVersion: '7' };

    expect(await read(JSON.stringify({ items, metadata }, undefined, 2))).toEqual({
      metadata,
      items,
    });
    expect(await read(JSON.stringify({ items, metadata }))).toEqual({ metadata, items });
    expect((await read(JSON.stringify({ other: { items: [1] }, metadata, items }))).items).toEqual(
      items,
    );
  });
});
