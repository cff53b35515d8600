/** Whom the enricher asks, on virtual time: repositories that answer, say no, fail, or never answer. */
import { printJson, type Json } from '../protocol/json';
import { parseResolverConfig, type ResolverConfig } from '../protocol/resolver-config';
import type { SchemaKey } from '../protocol/schema-key';
import { VirtualClock } from '../runtime/virtual-clock';
import { defaultsOf } from '../test/default-settings';
import { isListed, type Lookup } from './decide-lookup';
import type { RepositoryAnswer, SchemaRepository } from './schema-repository';
import { ResolverSource, ServerSource } from './schema-source';
import { schemasFields } from './schemas-config';

const settings = defaultsOf(schemasFields);
const key = (vendor: string, name = 'x'): SchemaKey => ({ vendor, name, format: 'jsonschema', version: '1-0-0' });
const start = Date.UTC(2024, 0, 1);

const resolver = (repositories: Readonly<Record<string, readonly string[]>>): ResolverConfig => {
  const parsed = parseResolverConfig(
    JSON.stringify({
      schema: 'iglu:com.snowplowanalytics.iglu/resolver-config/jsonschema/1-0-3',
      data: {
        cacheSize: 500,
        repositories: Object.entries(repositories).map(([name, vendorPrefixes], priority) => ({
          ...{ name, priority, vendorPrefixes },
          connection: { http: { uri: `http://${name}.example` } },
        })),
      },
    }),
  );
  if (!parsed.ok) throw new Error(parsed.faults.join());
  return parsed.config;
};

type Behaviour = RepositoryAnswer['kind'] | 'silent' | 'no JSON';

/** `silent` answers when the time is over, as the real one does. */
function world(repositories: Readonly<Record<string, readonly string[]>>, behaves: Record<string, Behaviour>) {
  const clock = new VirtualClock({ wallMs: start });
  const config = resolver(repositories);
  const asked: string[] = [];
  const told: string[] = [];
  const open = ({ name }: { readonly name: string }): SchemaRepository => ({
    async ask(schema, timeoutMs) {
      const behaviour = behaves[name] ?? 'not-found';
      asked.push(`${name} ${schema.name} ${timeoutMs}`);
      if (behaviour === 'silent') await clock.sleep(timeoutMs);
      if (behaviour === 'silent')
        return { kind: 'unavailable', error: 'ClientFailure', message: `no answer within ${timeoutMs} ms` };
      if (behaviour === 'unavailable')
        return { kind: 'unavailable', error: 'RepoFailure', message: 'Unexpected status 500' };
      if (behaviour === 'failure') return { kind: 'failure', message: 'Unexpected status 403' };
      if (behaviour === 'not-found') return { kind: 'not-found', isUnsure: false };
      return { kind: 'found', text: behaviour === 'no JSON' ? 'oops' : `{"of":"${name}"}` };
    },
  });
  const telemetry = {
    repositoryDown: (name: string) => void told.push(`${name} down`),
    repositoryUp: (name: string) => void told.push(`${name} up`),
  };
  const source = new ResolverSource(config, settings, clock, telemetry, open);
  /** With the virtual time that it took. */
  const lookUp = async (schema: SchemaKey): Promise<{ lookup: Lookup; tookMs: number }> => {
    const beganMs = clock.monotonicMs();
    let ended: { lookup: Lookup; tookMs: number } | undefined;
    void source
      .lookUp(schema, (repository) => isListed(config, schema, repository))
      .then((lookup) => (ended = { lookup, tookMs: clock.monotonicMs() - beganMs }));
    for (let turn = 0; turn < 1_000; turn++) {
      await clock.advance(turn === 0 ? 0 : 10);
      if (ended !== undefined) return ended;
    }
    throw new Error('never answered');
  };
  return { clock, asked, told, behaves, lookUp };
}

const history = (lookup: Lookup): string => (lookup.kind === 'missing' ? printJson(lookup.lookupHistory) : lookup.kind);

describe('the repositories of a resolver file', () => {
  test('are asked one after the other until one has it; those that list the vendor first', async () => {
    const { lookUp, asked } = world({ A: [], B: ['com.acme'], C: [] }, { A: 'found' });
    expect((await lookUp(key('com.acme'))).lookup).toEqual({ kind: 'found', text: '{"of":"A"}' });
    expect(asked).toEqual(['B x 2000', 'A x 500']);
  });

  test('say each for itself what they said', async () => {
    const { lookUp } = world({ A: [], B: [], C: [], D: [] }, { A: 'unavailable', B: 'failure', C: 'no JSON' });
    const { lookup } = await lookUp(key('net.foreign'));
    expect(lookup).toMatchObject({ kind: 'missing', notAsked: ['A'], isFaulty: true });
    expect(JSON.parse(history(lookup))).toMatchObject([
      { repository: 'A', errors: [{ error: 'RepoFailure', message: 'Unexpected status 500' }], attempts: 1 },
      { repository: 'B', errors: [{ error: 'ClientFailure', message: 'Unexpected status 403' }] },
      { repository: 'C', errors: [{ error: 'ClientFailure' }] },
      { repository: 'D', errors: [{ error: 'NotFound' }], lastAttempt: '2024-01-01T00:00:00.000Z' },
      { repository: 'Iglu Client Embedded', errors: [{ error: 'NotFound' }] },
    ]);
  });

  test('a repository with no JSON does not hide the next one', async () => {
    const { lookUp } = world({ A: [], B: [] }, { A: 'no JSON', B: 'found' });
    expect((await lookUp(key('net.foreign'))).lookup).toEqual({ kind: 'found', text: '{"of":"B"}' });
  });

  test('1,000 foreign names with every repository silent take under a second, and say when it was tried', async () => {
    const { lookUp, asked, told, clock } = world({ A: ['com.acme'] }, { A: 'silent' });
    let tookMs = 0;
    for (let n = 0; n < 1_000; n++) {
      const looked = await lookUp(key('net.foreign', `x${n}`));
      tookMs += looked.tookMs;
      expect(looked.lookup).toMatchObject({ kind: 'missing', notAsked: ['A'] });
      await clock.advance(3); // what the events between them take
    }
    expect([tookMs, asked, told]).toEqual([500, ['A x0 500'], ['A down']]);
    const { lookup } = await lookUp(key('net.foreign'));
    expect((JSON.parse(history(lookup)) as Json[])[0]).toEqual({
      repository: 'A',
      errors: [{ error: 'ClientFailure', message: 'no answer within 500 ms' }],
      attempts: 0, // not now: the breaker is open
      lastAttempt: '2024-01-01T00:00:00.500Z',
    });
  });

  test('the silences of five repositories do not add up, and none of them is asked without need', async () => {
    const names = ['A', 'B', 'C', 'D', 'E'];
    const five = world(
      Object.fromEntries(names.map((name) => [name, []])),
      Object.fromEntries(names.map((name) => [name, 'silent'])),
    );
    const { lookup, tookMs } = await five.lookUp(key('net.foreign'));
    expect(lookup).toMatchObject({ kind: 'missing', notAsked: names });
    expect([tookMs, five.asked]).toEqual([900, names.map((name) => `${name} x 500`)]);
    expect((await five.lookUp(key('net.foreign'))).tookMs).toBe(0);
    await five.clock.advance(2_000);
    expect(five.clock.sleeping).toBe(0);
  });

  test('a slow repository does not hide what the next one has, and no other is asked then', async () => {
    const { lookUp, asked, clock } = world({ A: [], B: [], C: [] }, { A: 'silent', B: 'found' });
    const { lookup, tookMs } = await lookUp(key('net.foreign'));
    expect([lookup, tookMs]).toEqual([{ kind: 'found', text: '{"of":"B"}' }, 500]);
    await clock.advance(2_000);
    expect(asked).toEqual(['A x 500', 'B x 500']);
  });

  test('in an hour of silence a repository is tried seldom, and once it answers always', async () => {
    const { lookUp, asked, told, clock, behaves } = world({ A: [] }, { A: 'silent' });
    for (let second = 0; second < 3_600; second++) {
      await lookUp(key('net.foreign', `x${second}`));
      await clock.advance(1_000);
    }
    expect(asked.length).toBeLessThan(66);
    behaves.A = 'not-found';
    await clock.advance(60_000);
    for (let n = 0; n < 3; n++) expect((await lookUp(key('net.foreign'))).lookup).toMatchObject({ notAsked: [] });
    expect(told).toEqual(['A down', 'A up']);
  });

  test('what is vouched for is asked for patiently and whenever it can be, and so ends the pause of all', async () => {
    const { lookUp, asked, behaves } = world({ A: ['com.acme'] }, { A: 'silent' });
    await lookUp(key('net.foreign', 'f1'));
    await lookUp(key('com.acme', 'ours'));
    await lookUp(key('com.acme', 'ours'));
    behaves.A = 'found';
    expect((await lookUp(key('net.foreign', 'f2'))).lookup.kind).toBe('missing');
    expect((await lookUp(key('com.acme', 'ours'))).lookup.kind).toBe('found');
    expect((await lookUp(key('net.foreign', 'f3'))).lookup.kind).toBe('found');
    expect(asked).toEqual(['A f1 500', 'A ours 2000', 'A ours 2000', 'A ours 2000', 'A f3 500']);
  });
});

describe('the schema server', () => {
  const lookUp = (answer: RepositoryAnswer): Promise<Lookup> =>
    new ServerSource(settings, new VirtualClock({ wallMs: start }), { ask: () => Promise.resolve(answer) }).lookUp(
      key('com.acme'),
    );
  const central = [new Map<string, Json>([['repository', 'Central'], ['errors', [new Map([['error', 'RepoFailure']])]]])]; // prettier-ignore

  test.each<[string, RepositoryAnswer, Partial<Extract<Lookup, { kind: 'missing' }>>]>([
    ['not found', { kind: 'not-found', isUnsure: false }, { notAsked: [], isFaulty: false }],
    ['not found, as others said', { kind: 'not-found', isUnsure: false, lookupHistory: central }, { notAsked: [], lookupHistory: central }],
    ['unsure', { kind: 'not-found', isUnsure: true, lookupHistory: central }, { notAsked: ['Central'], lookupHistory: central }],
    ['unsure without a history', { kind: 'not-found', isUnsure: true }, { notAsked: null }],
    ['a refusal', { kind: 'failure', message: 'Unexpected status 403' }, { notAsked: [], isFaulty: true }],
  ])('%s', async (_name, answer, expected) => {
    expect(await lookUp(answer)).toMatchObject({ kind: 'missing', ...expected });
  }); // prettier-ignore

  test('is down, or says that it must be waited for (503)', async () => {
    expect(await lookUp({ kind: 'unavailable', error: 'RepoFailure', message: 'Unexpected status 503' })).toEqual({
      kind: 'down',
      reason: 'Unexpected status 503',
    });
  });
});
