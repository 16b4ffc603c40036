/** Namespaces of which nothing is shown. */
export class HiddenNamespaces {
  readonly #pattern: RegExp | undefined;

  /** @param names of letters, digits and `-`, in which `*` stands for any text */
  constructor(names: readonly string[]) {
    const patterns = names.map((name) => name.replaceAll('*', '.*'));
    this.#pattern = names.length === 0 ? undefined : new RegExp(`^(?:${patterns.join('|')})$`);
  }

  get isNone(): boolean {
    return this.#pattern === undefined;
  }

  has(namespace: string | undefined): boolean {
    return namespace !== undefined && this.#pattern?.test(namespace) === true;
  }

  /** A sentence in which claims of hidden namespaces are not named. */
  scrubbed(sentence: string): string {
    if (this.isNone) return sentence;
    return sentence.replaceAll(/[\w.:-]+(?:\/[\w.:-]+)+/g, (path) => this.#scrubbedPath(path));
  }

  /** `namespace/name`, wherever it is in a path. */
  #scrubbedPath(path: string): string {
    const parts = path.split('/');
    const isHidden = parts.map((part, index) => index < parts.length - 1 && this.has(part));
    return parts
      .flatMap((part, index) => {
        if (isHidden[index] === true) return ['(hidden)'];
        return isHidden[index - 1] === true ? [] : [part];
      })
      .join('/');
  }
}
