import { matchesPatterns } from './host-pattern.ts';

/** What an ssh_config says of one host, as written there. */
export interface HostSettings {
  readonly hostName?: string;
  readonly user?: string;
  readonly port?: string;
  readonly identityFile?: string;
}

interface Section {
  readonly patterns: readonly string[];
  readonly values: Map<keyof HostSettings, string>;
}

export type SshConfig = readonly Section[];

const keywords: ReadonlyMap<string, keyof HostSettings> = new Map([
  ['hostname', 'hostName'],
  ['user', 'user'],
  ['port', 'port'],
  ['identityfile', 'identityFile'],
]);

/** Parses the text of an ssh_config(5). Other keywords and whole `Match` sections are ignored. */
export function parseSshConfig(text: string): SshConfig {
  let section: Section = { patterns: ['*'], values: new Map() };
  const sections = [section];
  for (const line of text.split(/\r?\n/)) {
    const [keyword, ...values] = wordsOf(line);
    if (keyword === undefined) continue;
    const name = keyword.toLowerCase();
    if (name === 'host' || name === 'match') {
      section = { patterns: name === 'host' ? values : [], values: new Map() };
      sections.push(section);
      continue;
    }
    const setting = keywords.get(name);
    const [value] = values;
    if (setting !== undefined && value !== undefined && !section.values.has(setting)) {
      section.values.set(setting, value);
    }
  }
  return sections;
}

/** The settings of a host: for each keyword the first value whose section matches. */
export function settingsOfHost(config: SshConfig, host: string): HostSettings {
  const settings: Partial<Record<keyof HostSettings, string>> = {};
  for (const section of config) {
    if (!matchesPatterns(host, section.patterns)) continue;
    for (const [setting, value] of section.values) settings[setting] ??= value;
  }
  if (settings.hostName !== undefined) {
    settings.hostName = settings.hostName.replace(/%([%h])/g, (_, token) =>
      token === 'h' ? host : '%',
    );
  }
  return settings;
}

/** The words of a line: `Keyword value`, `Keyword=value`, values in double quotes, `#` starts a comment. */
function wordsOf(line: string): string[] {
  const [, keyword, rest = ''] = /^\s*([A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+)(.*)$/.exec(line) ?? [];
  if (keyword === undefined) return [];
  const words = [keyword];
  for (const [word, quoted] of rest.matchAll(/"([^"]*)"|[^\s"]+/g)) {
    if (quoted === undefined && word.startsWith('#')) break;
    words.push(quoted ?? word);
  }
  return words;
}
