/** What a bench, a simulation or a check of a stack finds, in the one form that every such command prints. Pure. */

/** `holds` is true where there is no bar. */
export interface Check {
  readonly name: string;
  /** Infinity, null under `--json`: it never happened. */
  readonly value: number;
  readonly unit: string;
  readonly bar: { readonly atMost: number } | { readonly atLeast: number } | null;
  readonly holds: boolean;
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

/** For a person: a line each, with the bar where there is one. */
export function checkTable(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const rows = checks.map(({ name, value, unit, bar, holds }) => {
    const bound =
      bar === null ? '' : 'atMost' in bar ? `  at most ${shown(bar.atMost)}` : `  at least ${shown(bar.atLeast)}`;
    return `${name.padEnd(width)}  ${shown(value).padStart(10)} ${unit.padEnd(12)}${bound}${holds ? '' : '  DOES NOT HOLD'}`;
  });
  return `${rows.map((row) => row.trimEnd()).join('\n')}\n`;
}

/** For a program: one line, the last that a command prints under `--json`. */
export const checkLine = (name: string, checks: readonly Check[]): string => `${JSON.stringify({ name, checks })}\n`;

/** Three digits are enough for what varies by more. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return 'never';
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(3);
}
