/** What `toEqual` cannot say by itself. */

/** Epoch milliseconds between which everything was sent, stored and enriched. */
export interface TimeBounds {
  readonly fromMs: number;
  readonly toMs: number;
}

/** For `toEqual`: a time with three digits and a Z, within the bounds. */
export class TimeWithin {
  readonly $$typeof = Symbol.for('jest.asymmetricMatcher');

  constructor(private readonly bounds: TimeBounds) {}

  asymmetricMatch(text: unknown): boolean {
    if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return false;
    const ms = Date.parse(text);
    return ms >= this.bounds.fromMs && ms <= this.bounds.toMs;
  }

  toAsymmetricMatcher(): string {
    const { fromMs, toMs } = this.bounds;
    return `time from ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
  }
}

/** For `toEqual`: the same items, in any order. */
export class SameItems {
  readonly $$typeof = Symbol.for('jest.asymmetricMatcher');

  constructor(private readonly items: readonly object[]) {}

  asymmetricMatch(other: unknown): boolean {
    return Array.isArray(other) && sorted(other as object[]) === sorted(this.items);
  }

  toAsymmetricMatcher(): string {
    return `these in any order: ${JSON.stringify(this.items)}`;
  }
}

const sorted = (items: readonly object[]): string =>
  items
    .map((item) => JSON.stringify(Object.entries(item).sort()))
    .sort()
    .join('\n');
