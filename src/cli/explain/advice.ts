/** What a person makes of an error. */
export interface Advice {
  /** What it usually comes from. */
  readonly cause: string;
  /** What to do, one step each. */
  readonly remedy: readonly string[];
}
