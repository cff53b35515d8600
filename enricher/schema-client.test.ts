import { parseJson, type Json } from '../protocol/json';
import { parseSchemaKey, type SchemaKey } from '../protocol/schema-key';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { VirtualClock } from '../runtime/virtual-clock';
import { defaultsOf } from '../test/default-settings';
import { ServerSource } from './schema-source';
import { openResolvedIndex } from './resolved-index';
import { CachingSchemaClient } from './schema-client';
import type { RepositoryAnswer, SchemaRepository } from './schema-repository';
import { schemasFields, type SchemasSettings } from './schemas-config';
import { createSchemasTelemetry } from './telemetry';

const defaults = defaultsOf(schemasFields);

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

/** Answers from a table of `name/version`; notes what it was asked. `unsure`: it could not ask others, except for what it has. */
class FakeServer implements SchemaRepository {
  readonly asked: string[] = [];
  readonly documents = new Map<string, string>();
  answerAfter: Promise<void> = Promise.resolve();
  is: 'up' | 'down' | 'unsure' = 'up';
  failure: RepositoryAnswer | undefined;

  async ask({ name, version }: SchemaKey): Promise<RepositoryAnswer> {
    this.asked.push(`${name}/${version}`);
    const text = this.documents.get(`${name}/${version}`);
    const { is, failure } = this;
    await this.answerAfter;
    if (is === 'down') return { kind: 'unavailable', error: 'ClientFailure', message: 'connect ECONNREFUSED' };
    if (failure !== undefined) return failure;
    return text === undefined ? { kind: 'not-found', isUnsure: is === 'unsure' } : { kind: 'found', text };
  }
}

async function world(settings: Partial<SchemasSettings> = {}, listed: readonly string[] = []) {
  const clock = new VirtualClock({ wallMs: Date.UTC(2024, 0, 1) });
  const repository = new FakeServer();
  const metrics = createMetrics();
  const telemetry = createSchemasTelemetry(metrics, silentLogger);
  const all = { ...defaults, ...settings };
  const index = await openResolvedIndex('', telemetry);
  const client = new CachingSchemaClient({
    settings: all,
    clock,
    source: new ServerSource(all, clock, repository),
    index,
    isListed: ({ name }) => listed.includes(name),
    telemetry,
  });
  return { clock, repository, client, metrics, index };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('a schema is unknown, then fetched once, then known', async () => {
  const { client, repository } = await world();
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
  const { client, repository } = await world();
  let answer = (): void => undefined;
  repository.answerAfter = new Promise((resolve) => (answer = resolve));
  const both = Promise.all([client.fetch([key('x'), key('y')]), client.fetch([key('y'), key('x')])]);
  answer();
  await both;
  expect(repository.asked.sort()).toEqual(['x/1-0-0', 'y/1-0-0']);
});

test('a published schema is seen when the miss is old, without a restart', async () => {
  const { client, repository, clock } = await world({ notFoundTtlMs: 2_000 });
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
  const { client } = await world({ repositoryName: 'Zoo' });
  await client.fetch([key('x')]);
  expect(client.get(key('x'))).toMatchObject({
    lookupHistory: [new Map([['repository', 'Iglu Client Embedded']]), new Map([['repository', 'Zoo']])].map(
      (part) => expect.objectContaining(part) as unknown,
    ),
  });
});

test('a changed schema is seen after the time to live, and an unchanged one is not compiled again', async () => {
  const { client, repository, clock, metrics } = await world({ ttlMs: 10_000 });
  const compiled = async (): Promise<string | undefined> =>
    /^flotilla_schemas_compile_seconds_count (\d+)$/m.exec(await metrics.registry.metrics())?.[1];
  const faults = () => {
    const state = client.get(key('x'));
    return state?.kind === 'schema' ? state.validate(null).length : state?.kind;
  };
  repository.documents.set('x/1-0-0', document());
  await client.fetch([key('x')]);
  await clock.advance(10_000);
  expect(faults()).toBe(0); // asked for again behind it
  await settle();
  expect([repository.asked.length, await compiled()]).toEqual([2, '1']);
  repository.documents.set('x/1-0-0', document(',"type":"string"'));
  await clock.advance(10_000);
  expect(faults()).toBe(0);
  await settle();
  expect(faults()).toBe(1);
});

test('a schema that nobody used for long is not used again before it is asked for', async () => {
  const { client, repository, clock } = await world({ ttlMs: 10_000 });
  repository.documents.set('x/1-0-0', document());
  await client.fetch([key('x')]);
  await clock.advance(20_000);
  expect(client.get(key('x'))).toBeUndefined();
  await client.fetch([key('x')]);
  expect(client.get(key('x'))?.kind).toBe('schema');
});

describe('while the schema server is down', () => {
  test('known schemas serve on, asked for seldom and behind the events, and unknown ones make the caller wait', async () => {
    const { client, repository, clock } = await world({ ttlMs: 10_000, outagePauseMs: 5_000 });
    repository.documents.set('x/1-0-0', document());
    repository.documents.set('y/1-0-0', document());
    await client.fetch([key('x'), key('y'), key('none')]);
    repository.is = 'down';
    repository.asked.length = 0;
    for (let second = 0; second < 300; second++) {
      await clock.advance(1_000);
      expect(client.get(key('x'))?.kind).toBe('schema');
    }
    expect(repository.asked.length).toBeGreaterThan(50);
    expect(repository.asked.length).toBeLessThanOrEqual(60);
    await client.fetch([key('y')]); // unused for long: asked for once, then it serves on too
    expect(client.get(key('y'))?.kind).toBe('schema');
    await expect(client.fetch([key('none')])).rejects.toMatchObject({ kind: 'retryable' });
    await expect(client.fetch([key('new')])).rejects.toMatchObject({ kind: 'retryable' });
    repository.is = 'up';
    await client.fetch([key('new')]);
    expect(client.get(key('new'))?.kind).toBe('unresolved');
  });

  test('one record that names many asks for each of them once a pause at most', async () => {
    const { client, repository, clock } = await world({ ttlMs: 1_000, outagePauseMs: 5_000 });
    repository.documents.set('x/1-0-0', document());
    await client.fetch([key('x')]);
    repository.is = 'down';
    await clock.advance(2_000);
    await client.fetch([key('x')]);
    repository.asked.length = 0;
    await client.fetch([key('x'), key('x')]);
    await clock.advance(4_999);
    expect([client.get(key('x'))?.kind, repository.asked.length]).toEqual(['schema', 0]);
  });
});

describe('while the server says that it is not sure', () => {
  test('a foreign name is not found, asked for at most once a minute, and the bad row says so', async () => {
    const { client, repository, clock } = await world();
    repository.is = 'unsure';
    for (let second = 0; second < 180; second++) {
      if (client.get(key('foreign')) === undefined) await client.fetch([key('foreign')]);
      expect(client.get(key('foreign'))?.kind).toBe('unresolved');
      await clock.advance(1_000);
    }
    expect(repository.asked.length).toBe(3);
  });

  test('a name is waited for that is listed, or that this machine resolved before', async () => {
    const { client, repository, index } = await world({}, ['listed']);
    repository.is = 'unsure';
    index.add('iglu:com.acme/resolved/jsonschema/1-0-0');
    await expect(client.fetch([key('listed')])).rejects.toMatchObject({ kind: 'retryable' });
    await expect(client.fetch([key('resolved')])).rejects.toMatchObject({ kind: 'retryable' });
    await client.fetch([key('foreign')]);
    expect(['listed', 'resolved', 'foreign'].map((name) => client.get(key(name))?.kind)).toEqual([undefined, undefined, 'unresolved']); // prettier-ignore
  });

  test('the version that supersedes a schema is waited for: a schema names it, not anybody', async () => {
    const { client, repository } = await world();
    repository.documents.set('x/1-0-0', document(',"$supersededBy":"1-0-1"'));
    repository.is = 'unsure';
    await expect(client.fetch([key('x')])).rejects.toMatchObject({ kind: 'retryable' });
    await client.fetch([key('x', '1-0-1')]).catch(() => undefined);
    repository.documents.set('x/1-0-1', document());
    await client.fetch([key('x')]);
    expect(client.get(key('x'))?.kind).toBe('schema');
  });

  test('what is found is remembered as resolved; what is gone for sure is not waited for', async () => {
    const { client, repository, clock } = await world({ ttlMs: 1_000 });
    repository.documents.set('x/1-0-0', document());
    await client.fetch([key('x')]);
    repository.documents.clear();
    repository.is = 'unsure';
    await clock.advance(1_000);
    client.get(key('x'));
    await settle();
    expect(client.get(key('x'))?.kind).toBe('schema'); // it serves on
    repository.is = 'up';
    await clock.advance(60_000);
    client.get(key('x'));
    await settle();
    expect(client.get(key('x'))?.kind).toBe('unresolved');
  });

  test('however many foreign names there are, they push no schema out', async () => {
    const { client, repository, clock } = await world({ cacheEntriesMax: 10, missesMax: 20 });
    repository.documents.set('x/1-0-0', document());
    await client.fetch([key('x')]);
    await clock.advance(15_000);
    repository.is = 'unsure';
    await client.fetch(Array.from({ length: 1_000 }, (_, i) => key(`foreign${i}`)));
    expect(client.get(key('x'))?.kind).toBe('schema');
    await clock.advance(15_000);
    await client.fetch([key('another')]);
    const known = Array.from({ length: 1_000 }, (_, i) => client.get(key(`foreign${i}`))).filter(Boolean);
    expect(known.length).toBe(19);
  });
});

test('a refusal, or a document that cannot be read, does not replace a schema that is known', async () => {
  const { client, repository, clock } = await world({ ttlMs: 1_000 });
  repository.documents.set('x/1-0-0', document());
  await client.fetch([key('x')]);
  for (const fault of ['Unexpected status 403', undefined]) {
    repository.failure = fault === undefined ? undefined : { kind: 'failure', message: fault };
    repository.documents.set('x/1-0-0', 'oops');
    await clock.advance(60_000);
    await client.fetch([key('x')]);
    expect(client.get(key('x'))?.kind).toBe('schema');
  }
});

describe('what the server says of changes', () => {
  test('a name that was not found is asked for again at once, and one of another family is not', async () => {
    const { client, repository } = await world();
    await client.fetch([key('x'), key('y')]);
    repository.documents.set('x/1-0-0', document());
    await client.changed(['iglu:com.acme/x/jsonschema/1-0-0']);
    expect([client.get(key('x')), client.get(key('y'))?.kind]).toEqual([undefined, 'unresolved']);
    await client.fetch([key('x'), key('y')]);
    expect(client.get(key('x'))?.kind).toBe('schema');
    expect(repository.asked).toEqual(['x/1-0-0', 'y/1-0-0', 'x/1-0-0']);
  });

  test('a known schema is refreshed behind the events, also one that the changed one supersedes', async () => {
    const { client, repository } = await world();
    repository.documents.set('x/1-0-0', document());
    await client.fetch([key('x')]);
    repository.documents.set('x/1-0-0', document(',"$supersededBy":"1-0-1"'));
    repository.documents.set('x/1-0-1', document(',"type":"string"'));
    const changing = client.changed(['iglu:com.acme/x/jsonschema/1-0-1']);
    expect(client.get(key('x'))).not.toHaveProperty('supersededBy');
    await changing;
    expect(client.get(key('x'))).toMatchObject({ kind: 'schema', supersededBy: key('x', '1-0-1') });
    repository.documents.set('x/1-0-1', document(',"type":"null"'));
    await client.changed(['iglu:com.acme/x/jsonschema/1-0-1']);
    const state = client.get(key('x'));
    expect(state?.kind === 'schema' && state.validate(null)).toEqual([]);
  });

  test('an answer that was on its way while the schema changed is not kept', async () => {
    const { client, repository } = await world();
    let answer = (): void => undefined;
    repository.answerAfter = new Promise((resolve) => (answer = resolve));
    const fetching = client.fetch([key('x')]);
    await settle();
    repository.documents.set('x/1-0-0', document());
    const changing = client.changed(['iglu:com.acme/x/jsonschema/1-0-0']);
    answer();
    await Promise.all([fetching, changing]);
    expect(client.get(key('x'))).toBeUndefined();
    await client.fetch([key('x')]);
    expect(client.get(key('x'))?.kind).toBe('schema');
  });

  test('after a restart of the server all misses are forgotten and what is in use is asked for again', async () => {
    const { client, repository, clock } = await world({ ttlMs: 60_000 });
    for (const name of ['old', 'used']) repository.documents.set(`${name}/1-0-0`, document());
    await client.fetch([key('old'), key('used'), key('none')]);
    await clock.advance(61_000);
    client.get(key('used'));
    await settle();
    await client.fetch([key('none')]);
    repository.asked.length = 0;
    await client.changed('everything');
    expect(repository.asked).toEqual(['used/1-0-0']);
    expect(['old', 'used', 'none'].map((name) => client.get(key(name))?.kind)).toEqual([undefined, 'schema', undefined]); // prettier-ignore
  });

  test('when the server goes down again meanwhile, what is known serves on', async () => {
    const { client, repository } = await world();
    repository.documents.set('x/1-0-0', document());
    await client.fetch([key('x')]);
    repository.is = 'down';
    await client.changed('everything');
    expect(client.get(key('x'))?.kind).toBe('schema');
  });
});

test('what was learned before a failure stays known', async () => {
  const { client, repository } = await world({ requestsMax: 1 });
  repository.documents.set('x/1-0-0', document());
  const ask = repository.ask.bind(repository);
  repository.ask = async (asked) => {
    repository.is = asked.name === 'x' ? 'up' : 'down';
    return ask(asked);
  };
  await expect(client.fetch([key('x'), key('y'), key('z')])).rejects.toMatchObject({ code: 'FLOTILLA_UNAVAILABLE' });
  expect(client.get(key('x'))?.kind).toBe('schema');
  expect(repository.asked).toEqual(['x/1-0-0', 'y/1-0-0']);
});

test.each<[string, Partial<FakeServer>, string | undefined, unknown]>([
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
  const { client, repository } = await world();
  Object.assign(repository, behaviour);
  if (text !== undefined) repository.documents.set('x/1-0-0', text);
  await client.fetch([key('x')]);
  const state = client.get(key('x'));
  expect(
    state?.kind === 'unresolved' && (state.lookupHistory as ReadonlyMap<string, Json>[])[0]?.get('errors'),
  ).toEqual([new Map(Object.entries(error as object))]);
});

test('a document that is no schema is invalid', async () => {
  const { client, repository } = await world();
  repository.documents.set('x/1-0-0', '{}');
  await client.fetch([key('x')]);
  expect(client.get(key('x'))).toMatchObject({ kind: 'invalid', issues: [{ path: '$' }] });
});

test('a superseded schema validates as the superseding version does', async () => {
  const { client, repository } = await world();
  repository.documents.set('x/1-0-0', document(',"$supersededBy":"1-0-2","type":"null"'));
  repository.documents.set('x/1-0-2', document(',"type":"string"'));
  await client.fetch([key('x')]);
  const state = client.get(key('x'));
  expect(state).toMatchObject({ kind: 'schema', supersededBy: key('x', '1-0-2') });
  expect(state?.kind === 'schema' && state.validate('a')).toEqual([]);
});

test('a part of dots only is not found, and nobody is asked', async () => {
  const { client, repository } = await world();
  await client.fetch([{ ...key('x'), vendor: '..' }]);
  expect(client.get({ ...key('x'), vendor: '..' })?.kind).toBe('unresolved');
  expect(repository.asked).toEqual([]);
});

test('beyond its bound the cache drops the longest unused, but nothing that was just used', async () => {
  const { client, clock } = await world({ missesMax: 2, notFoundTtlMs: 60_000 });
  await client.fetch(['a', 'b', 'c', 'd'].map((name) => key(name)));
  const known = () => ['a', 'b', 'c', 'd', 'e'].filter((name) => client.get(key(name)) !== undefined);
  expect(known()).toEqual(['a', 'b', 'c', 'd']);
  await clock.advance(10_000);
  client.get(key('a'));
  await client.fetch([key('e')]);
  expect(known()).toEqual(['a', 'e']);
});

test('a record that names thousands of schemas gets them all at once', async () => {
  const { client, repository, clock } = await world({ missesMax: 10, requestsMax: 16, notFoundTtlMs: 500 });
  const keys = Array.from({ length: 3_000 }, (_, i) => key(`s${i}`));
  const ask = repository.ask.bind(repository);
  repository.ask = async (asked) => {
    if (repository.asked.length % 16 === 0) await clock.advance(5);
    return ask(asked);
  };
  await client.fetch(keys);
  expect(keys.filter((each) => client.get(each) === undefined)).toEqual([]);
});
