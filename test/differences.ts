/**
 * One suite of behaviour against several emulators: where an emulator differs from the service, its list says which test does
 * not hold there, and why. A listed test is run all the same, and it must not hold: so no entry outlives its reason.
 */
import { systemClock } from '../runtime/clock';

/** One test that does not hold on an emulator. */
export interface Difference {
  /** Its names from the suite's outermost `describe` on, with spaces between. */
  readonly test: string;
  /** What the emulator does instead, in one sentence. */
  readonly reason: string;
}

/** What a suite of behaviour needs of jest. */
export interface Tests {
  describe(name: string, define: () => void): void;
  it(name: string, run: () => Promise<unknown>): void;
}

/** Every test holds. */
export const everyTest: Tests = {
  describe: (name, define) => describe(name, define),
  it: (name, run) => it(name, run),
};

/** What only waits for an answer that never comes does not hold either. */
const HANGS_AFTER_MS = 10_000;

/** Every test holds but the listed ones. Call it inside `describe`; `define` runs the suites. */
export function testsBut(
  differences: readonly Difference[],
  define: (tests: Tests) => void,
  { describe, it }: Tests = everyTest,
): void {
  const path: string[] = [];
  const named = new Set<string>();
  const listed: Promise<unknown>[] = [];
  define({
    describe: (name, defineInner) =>
      describe(name, () => {
        path.push(name);
        defineInner();
        path.pop();
      }),
    it(name, run) {
      const fullName = [...path, name].join(' ');
      named.add(fullName);
      if (!differences.some(({ test }) => test === fullName)) return it(name, run);
      it(`differs: ${name}`, () => {
        const outcome = outcomeOf(run);
        listed.push(outcome);
        return mustNotHold(outcome);
      });
    },
  });
  it('the list of differences names tests that are there', async () => {
    const unknown = differences.filter(({ test }) => !named.has(test));
    if (unknown.length > 0) throw new Error(`there is no test ${unknown.map(({ test }) => `"${test}"`).join(', ')}`);
  });
  afterAll(() => Promise.all(listed)); // the emulators are stopped by now, so that nothing hangs any more
}

type Outcome = 'holds' | 'does not hold';

const outcomeOf = (run: () => Promise<unknown>): Promise<Outcome> =>
  Promise.resolve()
    .then(run)
    .then(
      () => 'holds',
      () => 'does not hold',
    );

async function mustNotHold(outcome: Promise<Outcome>): Promise<void> {
  const settled = new AbortController();
  const hangs = systemClock.sleep(HANGS_AFTER_MS, settled.signal).then((): Outcome => 'does not hold');
  const first = await Promise.race([outcome, hangs]);
  settled.abort();
  if (first === 'holds') throw new Error('it does not differ any more: remove it from the list');
}
