/**
 * Every numbered scenario of the client's specification is proved by a test that names its number: `#12 a DynamoDB call
 * that hangs ...` or `... (scenario 12)`; a test may prove several. Those of parts that are not built yet stand here.
 */
import { sourcesOf } from './source-tree';

const SCENARIOS = 70;

const notBuilt: Readonly<Record<number, string>> = {
  55: 'enhanced fan-out: a session that ends after five minutes',
  56: 'enhanced fan-out: a consumer still in use after a take-over',
  67: 'the mode of the Java KCL 3.x: leases of dead workers with fresh metrics',
};

const numbersIn = (text: string): number[] =>
  [...text.matchAll(/['"`](?:#\d+ )+|\(scenarios? [\d, and]+\)/g)].flatMap(([named]) =>
    [...named.matchAll(/\d+/g)].map(([digits]) => Number(digits)),
  );

describe('the scenarios of the client', () => {
  const tests = ['kinesis-client', 'test', 'sinks', 'enricher'].flatMap(sourcesOf);
  const proved = new Set(tests.filter(({ path }) => path.endsWith('.test.ts')).flatMap(({ text }) => numbersIn(text)));
  const all = Array.from({ length: SCENARIOS }, (_, i) => i + 1);

  it('are each proved by a test, or belong to a part that is not built', () => {
    expect(all.filter((number) => !proved.has(number) && notBuilt[number] === undefined)).toEqual([]);
  });

  it('are not listed as unbuilt once a test proves them', () => {
    expect(Object.keys(notBuilt).map(Number).filter((number) => proved.has(number))).toEqual([]); // prettier-ignore
  });

  it('have numbers that the specification knows', () => {
    expect([...proved].filter((number) => number < 1 || number > SCENARIOS)).toEqual([]);
  });
});
