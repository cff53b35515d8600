import { parseJson, type Json } from '../protocol/json';
import { parseSchemaKey, type SchemaKey } from '../protocol/schema-key';
import { FlotillaError } from '../runtime/errors';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { VirtualClock } from '../runtime/virtual-clock';
import { createSchemaClient } from './schema-client';
import type { RepositoryAnswer, SchemaRepository } from './schema-repository';
import { schemasFields, type SchemasSettings } from './schemas-config';

const defaults = Object.fromEntries(
  Object.entries(schemasFields).map(([name, field]) => [name, field.default]),
) as unknown as SchemasSettings;

const key = (name: string, version = '1-0-0'): SchemaKey => {
  const parsed = parseSchemaKey(`iglu:com.acme/${name}/jsonschema/${version}`);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
};
const document = (members = ''): string =>
  `{"$schema":"http://iglucentral.com/schemas/com.snowplowanalytics.self-desc/schema/jsonschema/1-0-0#"${members}}`;
const json = (text: string): Json => {
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : null;
};

/** Answers from a table of `name/version`; notes what it was asked. Down: throws as the real one does. */
class FakeRepository implements SchemaRepository {
  readonly asked: string[] = [];
  readonly documents = new Map<string, string>();
  answerAfter: Promise<void> = Promise.resolve();
  isDown = false;
  failure: RepositoryAnswer | undefined;

  async ask({ name, version }: SchemaKey): Promise<RepositoryAnswer> {
    this.asked.push(`${name}/${version}`);
    await this.answerAfter;
    if (this.isDown) throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'down');
    const text = this.documents.get(`${name}/${version}`);
    return this.failure ?? (text === undefined ? { kind: 'not-found' } : { kind: 'found', text });
  }
}

function world(settings: Partial<SchemasSettings> = {}) {
  const clock = new VirtualClock({ wallMs: Date.UTC(2024, 0, 1) });
  const repository = new FakeRepository();
  const metrics = createMetrics();
  const client = createSchemaClient({
    settings: { ...defaults, ...settings },
    clock,
    repository,
    metrics,
    log: silentLogger,
  });
  return { clock, repository, client, metrics };
}

test('a schema is unknown, then fetched once, then known', async () => {
  const { client, repository } = world();
  repository.documents.set('x/1-0-0', document(',"type":"string"'));
  expect(client.get(key('x'))).toBeUndefined();
  await client.fetch([key('x'), key('x')]);
  await client.fetch([key('x')]);
  const state = client.get(key('x'));
  expect(state?.kind === 'schema' && [state.validate('a'), state.validate(null)]).toMatchObject([
    [],
    [{ keyword: 'type' }],
  ]);
  expect(repository.asked).toEqual(['x/1-0-0']);
});

test('shards that miss the same schema at the same time share one request', async () => {
  const { client, repository } = world();
  let answer = (): void => undefined;
  repository.answerAfter = new Promise((resolve) => (answer = resolve));
  const both = Promise.all([client.fetch([key('x'), key('y')]), client.fetch([key('y'), key('x')])]);
  answer();
  await both;
  expect(repository.asked.sort()).toEqual(['x/1-0-0', 'y/1-0-0']);
});

test('a published schema is seen when the miss is old, without a restart', async () => {
  const { client, repository, clock } = world({ notFoundTtlMs: 2_000 });
  await client.fetch([key('x')]);
  expect(client.get(key('x'))).toEqual({
    kind: 'unresolved',
    lookupHistory: json(
      '[{"repository":"Flotilla Schema Server","errors":[{"error":"NotFound"}],"attempts":1,"lastAttempt":"2024-01-01T00:00:00.000Z"},' +
        '{"repository":"Iglu Client Embedded","errors":[{"error":"NotFound"}],"attempts":1,"lastAttempt":"2024-01-01T00:00:00.000Z"}]',
    ),
  });
  repository.documents.set('x/1-0-0', document());
  await clock.advance(1_999);
  expect(client.get(key('x'))?.kind).toBe('unresolved');
  await clock.advance(1);
  expect(client.get(key('x'))).toBeUndefined();
  await client.fetch([key('x')]);
  expect(client.get(key('x'))?.kind).toBe('schema');
});

test('repositories of a lookup stand in the order of their names', async () => {
  const { client } = world({ repositoryName: 'Zoo' });
  await client.fetch([key('x')]);
  expect(client.get(key('x'))).toMatchObject({
    lookupHistory: [new Map([['repository', 'Iglu Client Embedded']]), new Map([['repository', 'Zoo']])].map(
      (part) => expect.objectContaining(part) as unknown,
    ),
  });
});

test('a changed schema is seen after the time to live, an unchanged one is not compiled again', async () => {
  const { client, repository, clock, metrics } = world({ ttlMs: 10_000 });
  const compiled = async (): Promise<string | undefined> =>
    /^flotilla_schemas_compile_seconds_count (\d+)$/m.exec(await metrics.registry.metrics())?.[1];
  repository.documents.set('x/1-0-0', document());
  await client.fetch([key('x')]);
  await clock.advance(10_000);
  await client.fetch([key('x')]);
  expect([repository.asked.length, await compiled()]).toEqual([2, '1']);
  repository.documents.set('x/1-0-0', document(',"type":"string"'));
  await clock.advance(10_000);
  await client.fetch([key('x')]);
  const state = client.get(key('x'));
  expect(state?.kind === 'schema' && state.validate(null)).toHaveLength(1);
});

test('during an outage known schemas serve on, asked for seldom, and unknown ones make the caller wait', async () => {
  const { client, repository, clock } = world({ ttlMs: 10_000, outagePauseMs: 5_000 });
  repository.documents.set('x/1-0-0', document());
  repository.documents.set('y/1-0-0', document());
  await client.fetch([key('x'), key('y'), key('none')]);
  repository.isDown = true;
  await clock.advance(10_000);
  repository.asked.length = 0;
  await client.fetch([key('x')]);
  await client.fetch([key('x'), key('y')]);
  expect([client.get(key('x'))?.kind, client.get(key('y'))?.kind]).toEqual(['schema', 'schema']);
  expect(repository.asked).toEqual(['x/1-0-0']);
  await expect(client.fetch([key('none')])).rejects.toMatchObject({ kind: 'retryable' });
  await expect(client.fetch([key('new')])).rejects.toMatchObject({ kind: 'retryable' });
  await clock.advance(5_000);
  expect(client.get(key('x'))).toBeUndefined();
  repository.isDown = false;
  await client.fetch([key('x'), key('new')]);
  expect([client.get(key('x'))?.kind, client.get(key('new'))?.kind]).toEqual(['schema', 'unresolved']);
});

test('what was learned before a failure stays known', async () => {
  const { client, repository } = world({ requestsMax: 1 });
  repository.documents.set('x/1-0-0', document());
  const ask = repository.ask.bind(repository);
  repository.ask = async (asked) => {
    repository.isDown = asked.name !== 'x';
    return ask(asked);
  };
  await expect(client.fetch([key('x'), key('y'), key('z')])).rejects.toMatchObject({ code: 'FLOTILLA_UNAVAILABLE' });
  expect(client.get(key('x'))?.kind).toBe('schema');
  expect(repository.asked).toEqual(['x/1-0-0', 'y/1-0-0']);
});

test.each<[string, Partial<FakeRepository>, string | undefined, unknown]>([
  [
    'a refusal',
    { failure: { kind: 'failure', message: 'Unexpected status 403' } },
    undefined,
    { error: 'ClientFailure', message: 'Unexpected status 403' },
  ],
  [
    'a document that is no JSON',
    {},
    'oops',
    { error: 'ClientFailure', message: "Could not decode server response. unexpected 'o' at offset 0" },
  ],
  [
    'a superseding version below',
    {},
    document(',"$supersededBy":"1-0-0"'),
    {
      error: 'ClientFailure',
      message: "Superseding version 1-0-0 isn't greater than the version of schema com.acme/x/jsonschema/1-0-0",
    },
  ],
  ['a superseding version that is not there', {}, document(',"$supersededBy":"1-0-9"'), { error: 'NotFound' }],
])('%s concerns that schema only: no outage', async (_name, behaviour, text, error) => {
  const { client, repository } = world();
  Object.assign(repository, behaviour);
  if (text !== undefined) repository.documents.set('x/1-0-0', text);
  await client.fetch([key('x')]);
  const state = client.get(key('x'));
  expect(
    state?.kind === 'unresolved' && (state.lookupHistory as ReadonlyMap<string, Json>[])[0]?.get('errors'),
  ).toEqual([new Map(Object.entries(error as object))]);
});

test('a document that is no schema is invalid', async () => {
  const { client, repository } = world();
  repository.documents.set('x/1-0-0', '{}');
  await client.fetch([key('x')]);
  expect(client.get(key('x'))).toMatchObject({ kind: 'invalid', issues: [{ path: '$' }] });
});

test('a superseded schema validates as the superseding version does', async () => {
  const { client, repository } = world();
  repository.documents.set('x/1-0-0', document(',"$supersededBy":"1-0-2","type":"null"'));
  repository.documents.set('x/1-0-2', document(',"type":"string"'));
  await client.fetch([key('x')]);
  const state = client.get(key('x'));
  expect(state).toMatchObject({ kind: 'schema', supersededBy: key('x', '1-0-2') });
  expect(state?.kind === 'schema' && state.validate('a')).toEqual([]);
});

test('a part of dots only is not found, and nobody is asked', async () => {
  const { client, repository } = world();
  await client.fetch([{ ...key('x'), vendor: '..' }]);
  expect(client.get({ ...key('x'), vendor: '..' })?.kind).toBe('unresolved');
  expect(repository.asked).toEqual([]);
});

test('beyond its bound the cache drops the longest unused, but nothing that was just used', async () => {
  const { client, clock } = world({ cacheEntriesMax: 2, notFoundTtlMs: 60_000 });
  await client.fetch(['a', 'b', 'c', 'd'].map((name) => key(name)));
  const known = () => ['a', 'b', 'c', 'd', 'e'].filter((name) => client.get(key(name)) !== undefined);
  expect(known()).toEqual(['a', 'b', 'c', 'd']);
  await clock.advance(10_000);
  client.get(key('a'));
  await client.fetch([key('e')]);
  expect(known()).toEqual(['a', 'e']);
});

test('a record that names thousands of schemas gets them all at once', async () => {
  const { client, repository, clock } = world({ cacheEntriesMax: 10, requestsMax: 16, notFoundTtlMs: 500 });
  const keys = Array.from({ length: 3_000 }, (_, i) => key(`s${i}`));
  const ask = repository.ask.bind(repository);
  repository.ask = async (asked) => {
    if (repository.asked.length % 16 === 0) await clock.advance(5);
    return ask(asked);
  };
  await client.fetch(keys);
  expect(keys.filter((each) => client.get(each) === undefined)).toEqual([]);
});
