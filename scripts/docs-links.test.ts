import { describe, expect, it } from '@jest/globals';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const root = join(import.meta.dirname, '..');
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].concat(
  globSync(['docs/**/*.md', 'charts/**/README.md'], { cwd: root }),
);

const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

/** Without what is shown as code: brackets there are no links. */
function proseOf(page: string): string {
  return textOf(page)
    .replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '')
    .replaceAll(/`[^`\n]*`/g, '');
}

/** As GitHub makes them: lower case, blanks to dashes, nothing but letters, digits, dashes and underscores. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = textOf(page)
    .replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '')
    .matchAll(/^#{1,6} +(?<title>.+)$/gm);
  return new Set(
    [...headings].map(({ groups = {} }) => {
      const words = (groups['title'] ?? '').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim();
      const anchor = words
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-');
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    }),
  );
}

/** `what is wrong`, or nothing. */
function problemOf(page: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#', 2);
  const target = path === '' ? page : normalize(join(dirname(page), decodeURIComponent(path)));
  if (!existsSync(join(root, target))) return `${link}: there is no ${target}`;
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  return anchorsOf(target).has(anchor) ? undefined : `${link}: ${target} has no such heading`;
}

function linksOf(page: string): string[] {
  const inline = [...proseOf(page).matchAll(/\]\(<?(?<link>[^)\s>]+)>?(?: "[^"]*")?\)/g)];
  const references = [...proseOf(page).matchAll(/^\[[^\]]+\]: +(?<link>\S+)/gm)];
  return [...inline, ...references]
    .map(({ groups = {} }) => groups['link'] ?? '')
    .filter((link) => !/^[a-z]+:/.test(link));
}

describe('the documentation', () => {
  it.each(pages)('%s has no relative link that leads nowhere', (page) => {
    expect(linksOf(page).flatMap((link) => problemOf(page, link) ?? [])).toEqual([]);
  });

  it('has an index with a line for each page', () => {
    const lines = textOf('docs/README.md').split('\n');
    const files = globSync(['*.md', 'adr', 'runbooks'], { cwd: join(root, 'docs') });
    const wanted = files
      .filter((file) => file !== 'README.md')
      .map((file) => (statSync(join(root, 'docs', file)).isDirectory() ? `${file}/` : file));

    const counted = wanted.map((file) => [
      file,
      lines.filter((line) => line.includes(`](${file}`)).length,
    ]);

    expect(counted).toEqual(wanted.map((file) => [file, 1]));
  });

  it('would notice a link that leads nowhere', () => {
    expect(problemOf('docs/security.md', 'nowhere.md')).toContain('there is no');
    expect(problemOf('docs/security.md', '#nowhere')).toContain('no such heading');
    expect(problemOf('docs/security.md', '../README.md#what-happens-when')).toBeUndefined();
  });
});
