import { VirtualClock } from '../../runtime/virtual-clock';
import type { SchemaStore } from '../schema-store';
import { preload, readPreloadList } from './preload';

const a = 'iglu:com.acme/a/jsonschema/1-0-0';
const b = 'iglu:com.acme/b/jsonschema/1-0-0';
const rule = 'it must be a schema key, like iglu:com.acme/checkout/jsonschema/1-0-0';
const files: Record<string, string> = {
  good: `# what our shop sends\n${a}\r\n\n  ${b}  \n${a}\n`,
  bad: `${a}\ncom.acme/b\n\niglu:x/y/z/1-0\n`,
};
const readFile = (path: string): string => {
  const text = files[path];
  if (text === undefined) throw new Error('ENOENT');
  return text;
};

test.each<[string[], string[], string[]]>([
  [[], [], []],
  [[a, b, a], ['a', 'b'], []],
  [['good'], ['a', 'b'], []],
  [[b, 'good'], ['b', 'a'], []],
  [['iglu:x'], [], [`has "iglu:x": ${rule}`]],
  [
    ['bad'],
    ['a'],
    [`names bad, whose line 2 is "com.acme/b": ${rule}`, `names bad, whose line 4 is "iglu:x/y/z/1-0": ${rule}`],
  ],
  [['none'], [], ['has "none": it must be a schema key or a file that can be read: ENOENT']],
])('%j', (items, names, faults) => {
  const list = readPreloadList(items, readFile);
  expect(list.keys.map(({ name }) => name)).toEqual(names);
  expect(list.faults).toEqual(faults);
});

test('looks each up, few at once, and says which are missing; nothing further once it is to stop', async () => {
  const clock = new VirtualClock();
  const keys = Array.from({ length: 20 }, (_, i) => ({ vendor: 'v', name: `n${i}`, format: 'jsonschema', version: '1-0-0' })); // prettier-ignore
  let [asked, now, most] = [0, 0, 0];
  const store: SchemaStore = {
    list: async () => [],
    find: async ({ name }) => {
      asked++;
      most = Math.max(most, ++now);
      await clock.sleep(10);
      now--;
      return name === 'n7' ? { kind: 'missing' } : { kind: 'found', text: Buffer.from('{}') };
    },
  };
  const told: unknown[] = [];
  const telemetry = {
    preloaded: (found: number, missing: readonly string[]): void => void told.push([found, missing]),
  };
  const done = preload({ keys, store, telemetry, signal: new AbortController().signal });
  await clock.advance(1_000);
  await done;
  expect([asked, most, told]).toEqual([20, 8, [[19, ['iglu:v/n7/jsonschema/1-0-0']]]]);

  const stop = new AbortController();
  const stopped = preload({ keys, store, telemetry, signal: stop.signal });
  await clock.advance(5);
  stop.abort();
  await clock.advance(1_000);
  await stopped;
  expect([asked, told.length]).toEqual([28, 1]);
});
