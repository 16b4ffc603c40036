/** Host patterns as ssh_config(5) and sshd(8) define them: `*`, `?`, and `!` in front for "not". */

/** Whether a list of patterns accepts a name: one matches and no negated one does. */
export function matchesPatterns(name: string, patterns: readonly string[]): boolean {
  const lowerName = name.toLowerCase();
  const matches = (pattern: string): boolean => matchesWildcards(lowerName, pattern.toLowerCase());
  const isRefused = patterns.some(
    (pattern) => pattern.startsWith('!') && matches(pattern.slice(1)),
  );
  return !isRefused && patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern));
}

/** Remembers only the last `*`, so hostile patterns cost no more than name times pattern. */
function matchesWildcards(name: string, pattern: string): boolean {
  let at = 0;
  let patternAt = 0;
  let star = -1;
  let starAt = 0;
  while (at < name.length) {
    const wanted = pattern[patternAt];
    if (wanted === '*') {
      star = patternAt++;
      starAt = at;
    } else if (wanted === '?' || wanted === name[at]) {
      at++;
      patternAt++;
    } else if (star >= 0) {
      patternAt = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(patternAt));
}
