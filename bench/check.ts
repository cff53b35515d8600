/** What a bench finds, in the form that every command prints under `--json` (docs/architecture.md). */

/** `holds` is true where there is no bar. */
export interface Check {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly bar: { readonly atMost: number } | { readonly atLeast: number } | null;
  readonly holds: boolean;
}

export interface Bench {
  /** One line for the list of benches. */
  readonly doc: string;
  /** `seconds` is the length of one measurement; a bench makes several. */
  run(seconds: number): Promise<readonly Check[]>;
}

export const figure = (name: string, value: number, unit: string): Check => ({
  name,
  value,
  unit,
  bar: null,
  holds: true,
});

export const atMost = (bound: number, name: string, value: number, unit: string): Check => ({
  name,
  value,
  unit,
  bar: { atMost: bound },
  holds: value <= bound,
});

export const atLeast = (bound: number, name: string, value: number, unit: string): Check => ({
  name,
  value,
  unit,
  bar: { atLeast: bound },
  holds: value >= bound,
});
