import { seededRandom } from '../runtime/random';
import { schemaUri, type SchemaKey } from '../protocol/schema-key';
import { anything } from '../test/known-schemas';
import { namingEvent } from '../test/user-traffic';
import { LookAhead } from './look-ahead';
import type { SchemaClient, SchemaState } from './schema-client';

function world(names: readonly string[]) {
  const states = new Map<string, SchemaState>();
  const fetched: string[] = [];
  const schemas: SchemaClient = {
    get: (key) => (key.vendor === 'com.acme' ? states.get(schemaUri(key)) : anything),
    fetch: (keys: readonly SchemaKey[]) => {
      fetched.push(keys.map(({ name }) => name).join(' '));
      return Promise.reject(new Error('is not awaited'));
    },
  };
  const known = {
    schemas,
    random: seededRandom(1),
    processor: { artifact: 'test', version: '1' },
    etlTimestampMs: Date.UTC(2026, 0, 1),
  };
  const records = names.map((name, n) => ({ bytes: namingEvent(n, `iglu:com.acme/${name}/jsonschema/1-0-0`) }));
  return { states, fetched, ahead: new LookAhead(records, known, schemas) };
}

test('the schemas of the records after it are asked for together, each once', () => {
  const { ahead, fetched } = world(['a', 'b', 'c', 'b', 'd']);
  ahead.missedAt(1);
  expect(fetched).toEqual(['c b d']);
});

test('a record that was looked at is not looked at again', () => {
  const { ahead, fetched } = world(Array.from({ length: 450 }, (_, n) => `x${n}`));
  for (let index = 0; index < 450; index++) ahead.missedAt(index);
  expect(fetched.map((names) => names.split(' ').length)).toEqual([200, 200, 47]);
});

test('nothing is asked for when nothing is missing, or nothing comes', () => {
  const { ahead, fetched, states } = world(['a', 'b']);
  states.set('iglu:com.acme/b/jsonschema/1-0-0', anything);
  ahead.missedAt(0);
  ahead.missedAt(1);
  expect(fetched).toEqual([]);
});
