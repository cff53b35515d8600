/** What a bench is. What it finds are checks, as of every command. */
import type { Check } from '../runtime/check';

export { atLeast, atMost, figure } from '../runtime/check';

export interface Bench {
  /** One line for the list of benches. */
  readonly doc: string;
  /** `seconds` is the length of one measurement; a bench makes several. */
  run(seconds: number): Promise<readonly Check[]>;
}
