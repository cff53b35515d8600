import { VirtualClock } from '../../runtime/virtual-clock';
import type { SchemaStore } from '../schema-store';
import { preload } from './preload';

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
