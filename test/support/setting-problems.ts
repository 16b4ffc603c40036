import { parseSettings, SettingsError } from '../../src/settings/settings.ts';

/** What is wrong with an environment, one sentence each; empty where it can be used. */
export function settingProblems(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    parseSettings(env);
  } catch (thrown) {
    if (thrown instanceof SettingsError) return thrown.problems;
    throw thrown;
  }
  return [];
}
