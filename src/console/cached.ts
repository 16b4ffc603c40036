/** A value that is made when it is asked for, and kept until something changes that it was made from. */
export class Cached<T> {
  readonly #make: () => T;
  #kept: { readonly value: T } | undefined;

  constructor(make: () => T) {
    this.#make = make;
  }

  get value(): T {
    this.#kept ??= { value: this.#make() };
    return this.#kept.value;
  }

  forget(): void {
    this.#kept = undefined;
  }
}
