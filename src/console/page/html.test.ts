import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyText, expectAlways } from '../../../test/support/hostile.ts';
import { html } from './html.ts';

describe('the html template', () => {
  it('escapes every value, in text and in quoted attributes', () => {
    const value = `<script>"x" & 'y'</script>`;

    const made = html`<p title="${value}">${value}</p>`;

    const escaped = '&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/script&gt;';
    expect(made.toString()).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  it('takes what it made as it is, lists as their parts, and nothing for what is absent', () => {
    const items = ['a', '<b>'].map((each) => html`<li>${each}</li>`);

    expect(
      html`<ul>
        ${items}${undefined}${3}
      </ul>`.toString(),
    ).toBe('<ul>\n<li>a</li><li>&lt;b&gt;</li>3\n</ul>');
  });

  it.each([
    ['NUL', 'a\0b'],
    ['an escape', 'a\u001bb'],
    ['what turns the direction of writing', 'a\u202eb'],
    ['half a surrogate pair', 'a\ud800b'],
    ['a byte order mark', 'a\ufeffb'],
  ])('shows that there was %s', (_what, value) => {
    expect(html`${value}`.toString()).toBe('a\ufffdb');
  });

  it('keeps what other scripts are written in', () => {
    expect(html`${'ümläut 中文 עברית'}`.toString()).toBe('ümläut 中文 עברית');
  });

  it('lets no value out of the place where it stands', () => {
    expectAlways(
      fc.property(anyText, (value) => {
        const made = html`<i a="${value}">${value}</i>`.toString();

        expect(made).toMatch(/^<i a="[^"<>]*">[^<>]*<\/i>$/);
      }),
    );
  });
});
