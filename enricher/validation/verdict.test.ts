import { jsonOf, type JsonObject } from '../../protocol/json';
import { seededRandom, type Random } from '../../runtime/random';
import { toData } from './data';
import { explain } from './explain';
import { readSchema } from './schema-node';
import { compiledNodesMax, createVerdict } from './verdict';

const names = ['a', 'b', '#c', '__proto__', 'length', '0'];
const pick = <T>(items: readonly T[], random: Random): T => items[random.integer(items.length)] as T;

const scalars = [null, true, false, 0, 1, 1.5, -3, 1e300, 'x', 'xx', '😀', ''];
function value(random: Random, depth: number): unknown {
  const kind = random.integer(depth > 0 ? 6 : 4);
  if (kind < 4) return pick(scalars, random);
  const size = random.integer(4);
  if (kind === 4) return Array.from({ length: size }, () => value(random, depth - 1));
  return new Map(Array.from({ length: size }, () => [pick(names, random), value(random, depth - 1)]));
}

/** A schema of a few keywords; references go to `definitions` of the root. */
function schema(random: Random, depth: number): Map<string, unknown> {
  const sub = (): Map<string, unknown> => (depth > 0 ? schema(random, depth - 1) : new Map());
  const some = <T>(make: () => T): T[] => Array.from({ length: 1 + random.integer(2) }, make);
  const subs = (): Map<string, unknown> => new Map(some((): [string, unknown] => [pick(names, random), sub()]));
  const keywords: [string, () => unknown][] = [
    ['$ref', () => `#/definitions/${pick(['x', 'y'], random)}`],
    [
      'type',
      () => pick(['string', 'integer', 'number', 'object', 'array', 'null', ['object', 'array', 'integer']], random),
    ],
    ['enum', () => some(() => value(random, 1))],
    ['minimum', () => random.integer(3)],
    ['multipleOf', () => 0.5],
    ['minLength', () => random.integer(3)],
    ['pattern', () => pick(['x$', '^x'], random)],
    ['nullable', () => true],
    ['properties', subs],
    ['patternProperties', () => new Map([[pick(['^a', 'l', '^__'], random), sub()]])],
    ['additionalProperties', () => pick([false, sub(), true], random)],
    ['required', () => some(() => pick(names, random))],
    ['dependencies', () => new Map([[pick(names, random), random.next() < 0.5 ? [pick(names, random)] : sub()]])],
    ['items', () => (random.next() < 0.5 ? sub() : some(sub))],
    ['additionalItems', () => pick([false, sub()], random)],
    ['uniqueItems', () => true],
    ['maxItems', () => random.integer(3)],
    ['minProperties', () => random.integer(3)],
    ['allOf', () => some(sub)],
    ['anyOf', () => some(sub)],
    ['oneOf', () => some(sub)],
    ['not', sub],
  ];
  return new Map(some(() => pick(keywords, random)).map(([keyword, make]) => [keyword, make()]));
}

test('the verdict and the reports agree on random schemas and data', () => {
  const seed = 20_240_101;
  const random = seededRandom(seed);
  const seen = { valid: 0, invalid: 0 };
  for (let i = 0; i < 400; i++) {
    const document = new Map<string, unknown>([
      ...schema(random, 3),
      [
        'definitions',
        new Map([
          ['x', schema(random, 1)],
          ['y', schema(random, 2)],
        ]),
      ],
    ]);
    const read = readSchema(jsonOf(document) as JsonObject);
    if (read.kind === 'invalid') continue; // a ring
    const verdict = createVerdict(read.root);
    for (let j = 0; j < 15; j++) {
      const data = toData(jsonOf(value(random, 3)));
      const reports = explain(read.root, data);
      seen[reports.length === 0 ? 'valid' : 'invalid']++;
      expect({ seed, document, data, verdict: verdict(data) }).toEqual({
        seed,
        document,
        data,
        verdict: reports.length === 0,
      });
    }
  }
  expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(1_000);
});

test('a schema that is too large to compile is walked', () => {
  const names = Array.from({ length: compiledNodesMax + 1 }, (_, i) => `p${i}`);
  const properties = Object.fromEntries(names.map((name) => [name, { type: 'string' }]));
  const read = readSchema(jsonOf({ properties }) as JsonObject);
  const verdict = read.kind === 'node' ? createVerdict(read.root) : () => false;
  expect(verdict(toData(jsonOf({ p7: 'x', p1000: 'y' })))).toBe(true);
  expect(verdict(toData(jsonOf({ p7: 'x', p1000: 1 })))).toBe(false);
});
