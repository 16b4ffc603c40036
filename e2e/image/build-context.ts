/**
 * Whether a file reaches the builder, as .dockerignore says (https://docs.docker.com/build/concepts/context/): the last
 * line that matches the file, or a folder above it, decides.
 * @param file relative to the checkout
 */
export function reachesBuilder(file: string, dockerignore: string): boolean {
  const lines = dockerignore.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const parts = file.split('/');
  const folders = parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
  return lines.reduce((reaches, line) => {
    const isException = line.startsWith('!');
    const pattern = expressionOf(isException ? line.slice(1) : line);
    return folders.some((path) => pattern.test(path)) ? isException : reaches;
  }, true);
}

/** Go's filepath.Match with `**`, of which we need no more than the two stars: they match dots too. */
function expressionOf(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
  const source = escaped.replaceAll(/\*\*\/|\*/g, (stars) => (stars === '*' ? '[^/]*' : '(.*/)?'));
  return new RegExp(`^${source}$`);
}
