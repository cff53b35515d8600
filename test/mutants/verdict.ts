/** What became of a mutant in its storms. */
export type Verdict =
  /** An invariant did not hold. */
  | {
      readonly kind: 'caught';
      readonly seed: number;
      readonly invariant: string;
      readonly message: string;
      /** Virtual time. */
      readonly atMs: number;
      readonly lines: readonly string[];
    }
  /** The process ended of itself, or could not begin: the message says how. */
  | { readonly kind: 'crashed'; readonly message: string }
  /** A storm did not end in its time: a loop that never waits. */
  | { readonly kind: 'stood still'; readonly seed: number }
  /** All storms passed. */
  | { readonly kind: 'survived'; readonly seeds: number };
