import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSchemaKey, schemaUri, type SchemaKey } from '../../protocol/schema-key';
import type { Repository } from '../../protocol/resolver-config';
import type { boundedFetch } from '../../runtime/bounded-fetch';
import { FlotillaError } from '../../runtime/errors';
import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { VirtualClock } from '../../runtime/virtual-clock';
import type { FoundSchema, SchemaStore } from '../schema-store';
import { createUpstreamTelemetry } from './telemetry';
import { openUpstreamStore, type UpstreamStore } from './upstream-store';

/** What a repository does when it is asked: a status, a document (200), or no answer. */
type Behaviour = number | string | 'refuses' | 'hangs';

let folder: string;
let clock: VirtualClock;
let asked: string[];
let does: Record<string, (name: string) => Behaviour>;
let own: Record<string, string>;
let store: UpstreamStore;
let sleeping: (() => void)[];

const settings = {
  mirrorTtlMs: 600_000,
  upstreamNotFoundTtlMs: 10_000,
  upstreamUnsureTtlMs: 60_000,
  upstreamAttemptMs: 500,
  upstreamTimeoutMs: 1_500,
  schemaBytesMax: 1_000,
  cacheBytesMax: 100_000,
};
const repository = (name: string, priority: number, vendorPrefixes: string[] = []): Repository => ({
  name,
  priority,
  vendorPrefixes,
  connection: { kind: 'http', uri: `http://${name}.example`, apiKey: name === 'acme' ? 'k' : null },
});
const repositories = [repository('acme', 5, ['com.acme']), repository('central', 0)];
const embedded: Repository = { name: 'near', priority: 9, vendorPrefixes: [], connection: { kind: 'embedded', path: '/near' } }; // prettier-ignore

const fetch: typeof boundedFetch = async (address, { timeoutMs, headers }) => {
  const { hostname, pathname } = new URL(address);
  const name = hostname.replace('.example', '');
  asked.push(`${name}${pathname.replace('/schemas/', ' ')} ${timeoutMs}${headers.apikey === undefined ? '' : ' key'}`);
  const behaviour = does[name]?.(pathname) ?? 404;
  if (behaviour === 'refuses') throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'connect ECONNREFUSED');
  if (behaviour === 'hangs') {
    for (const wake of sleeping.splice(0)) wake();
    await clock.sleep(timeoutMs);
    throw new FlotillaError('FLOTILLA_UNAVAILABLE', `no answer within ${timeoutMs} ms`);
  }
  if (typeof behaviour === 'number') return { status: behaviour, headers: new Headers(), body: Buffer.from('{}') };
  return { status: 200, headers: new Headers(), body: Buffer.from(behaviour) };
};
const storeOf = (schemas: () => Record<string, string>): SchemaStore => ({
  find: async (key) => {
    const text = schemas()[schemaUri(key)];
    return text === undefined ? { kind: 'missing' } : { kind: 'found', text: Buffer.from(text) };
  },
  list: async () => [],
});
const open = (config = repositories): Promise<UpstreamStore> =>
  openUpstreamStore({
    own: storeOf(() => own),
    config: { cacheSize: 500, cacheTtlSeconds: null, repositories: config },
    settings: { ...settings, mirrorFolder: join(folder, 'mirror') },
    storeOver: () => storeOf(() => ({ [schemaUri(keyOf('com.near/x'))]: '"near"' })),
    fetch,
    clock,
    telemetry: createUpstreamTelemetry(createMetrics(), silentLogger),
  });
const reopen = async (config?: Repository[]): Promise<void> => {
  await store.close();
  store = await open(config);
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'upstream-store-'));
  clock = new VirtualClock();
  [asked, does, own, sleeping] = [[], {}, {}, []];
  store = await open();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const keyOf = (name: string, version = '1-0-0'): SchemaKey => {
  const key = parseSchemaKey(`iglu:${name}/jsonschema/${version}`);
  if (typeof key === 'string') throw new Error(key);
  return key;
};
const word = (found: FoundSchema): string => {
  if (found.kind === 'found') return Buffer.from(found.text).toString();
  return found.kind === 'missing' && found.isUnsure ? 'unsure' : found.kind;
};
const ask = async (name: string): Promise<string> => word(await store.find(keyOf(name)));
const historyOf = async (name: string) => {
  const found = await store.find(keyOf(name));
  return 'history' in found ? found.history : undefined;
};
/** Asks, and lets the time pass that a repository hangs for. */
const askHanging = async (name: string, ms: number): Promise<string> => {
  const began = new Promise<void>((resolve) => sleeping.push(resolve));
  const answer = ask(name);
  await began;
  await clock.advance(ms);
  return answer;
};
const all = (behaviour: Behaviour): void => {
  does = { acme: () => behaviour, central: () => behaviour };
};

describe('the order of asking', () => {
  it.each<[string, string[]]>([
    ['com.acme/x', ['acme', 'central']],
    ['com.acmecorp/x', ['acme', 'central']],
    ['org.other/x', ['central', 'acme']],
  ])('for %s is that of the configuration', async (name, expected) => {
    expect(await ask(name)).toBe('missing');
    expect(asked.map((line) => line.split(' ')[0])).toEqual(expected);
  });

  it('ends with the first that has it; its key goes to it alone', async () => {
    does = { acme: () => 404, central: () => '"central"' };
    expect(await ask('com.acme/x')).toBe('"central"');
    expect(asked).toEqual(['acme com.acme/x/jsonschema/1-0-0 1500 key', 'central com.acme/x/jsonschema/1-0-0 1500']);
  });

  it('begins with our own folders, and no upstream ever hears of what they have', async () => {
    all('"upstream"');
    own = { [schemaUri(keyOf('com.acme/x'))]: '"own"' };
    expect(await ask('com.acme/x')).toBe('"own"');
    expect(asked).toEqual([]);
    own = {};
    expect(await ask('com.acme/x')).toBe('"upstream"');
  });

  it.each(['.', '..', '...'])('is empty for the vendor %s', async (vendor) => {
    all('"SECRET"');
    expect(await ask(`${vendor}/x`)).toBe('missing');
    expect(asked).toEqual([]);
  });

  it('has embedded repositories before those that are far', async () => {
    await reopen([...repositories, embedded]);
    all('"far"');
    expect([await ask('com.near/x'), await ask('com.near/x')]).toEqual(['"near"', '"near"']);
    expect(asked).toEqual([]);
    expect(await ask('com.near/other')).toBe('"far"');
  });
});

describe('a copy', () => {
  it('serves without another request, also after a restart with every repository down', async () => {
    does.central = () => '{ "maximum": 1.0 }';
    expect([await ask('com.acme/x'), await ask('com.acme/x')]).toEqual(['{ "maximum": 1.0 }', '{ "maximum": 1.0 }']);
    expect(asked.length).toBe(2);
    all('refuses');
    await reopen();
    await clock.advance(86_400_000);
    expect(await ask('com.acme/x')).toBe('{ "maximum": 1.0 }');
    expect(asked.length).toBe(2);
  });

  it('is refreshed after its time, behind the back of whoever asks', async () => {
    does.acme = () => '"old"';
    await ask('com.acme/x');
    await store.settled();
    does.acme = () => '"new"';
    await clock.advance(599_999);
    expect(await ask('com.acme/x')).toBe('"old"');
    await store.settled();
    expect(asked.length).toBe(1);
    await clock.advance(1);
    expect(await ask('com.acme/x')).toBe('"old"');
    await store.settled();
    expect(asked[1]).toBe('acme com.acme/x/jsonschema/1-0-0 500 key');
    expect(await ask('com.acme/x')).toBe('"new"');
    await reopen();
    expect(await ask('com.acme/x')).toBe('"new"');
    expect(asked.length).toBe(2);
  });

  it.each<[string, Behaviour]>([
    ['refuses connections', 'refuses'],
    ['fails', 500],
    ['sends no JSON', '<html>'],
    ['sends us elsewhere', 302],
    ['does not know us', 403],
    ['sends far too much', 429],
  ])('serves on while its repository %s, whatever others say', async (_how, behaviour) => {
    does.acme = () => '"good"';
    await ask('com.acme/x');
    await store.settled();
    does = { acme: () => behaviour, central: () => '"another"' };
    for (let minute = 0; minute < 30; minute++) {
      await clock.advance(60_000);
      expect(await ask('com.acme/x')).toBe('"good"');
      await store.settled();
    }
    does.acme = () => '"better"';
    await clock.advance(60_000);
    await ask('com.acme/x');
    await store.settled();
    expect(await ask('com.acme/x')).toBe('"better"');
  });

  it('is dropped when its repository says that it is gone, and another may have it then', async () => {
    does = { acme: () => '"acme"', central: () => 404 };
    await ask('com.acme/x');
    await ask('com.acme/y');
    await store.settled();
    does = { acme: () => 404, central: (path) => (path.includes('/x/') ? '"central"' : 404) };
    await clock.advance(600_000);
    expect([await ask('com.acme/x'), await ask('com.acme/y')]).toEqual(['"acme"', '"acme"']);
    await store.settled();
    expect([await ask('com.acme/x'), await ask('com.acme/y')]).toEqual(['"central"', 'missing']);
    await reopen();
    does = {};
    expect([await ask('com.acme/x'), await ask('com.acme/y')]).toEqual(['"central"', 'missing']);
  });

  it('is refreshed once when the clock was turned back', async () => {
    does.acme = () => '"x"';
    await ask('com.acme/x');
    await store.settled();
    clock.setWall(clock.wallMs() - 86_400_000);
    for (let i = 0; i < 3; i++) {
      await ask('com.acme/x');
      await store.settled();
    }
    expect(asked.length).toBe(2);
  });

  it('lies in a static repository of its own, and nothing else stays behind', async () => {
    does.central = () => '"x"';
    await ask('com.acme/x');
    await store.close();
    expect(readdirSync(join(folder, 'mirror')).sort()).toEqual(['.resolved', '.staging', 'central']);
    expect(readdirSync(join(folder, 'mirror', '.staging'))).toEqual([]);
    expect(existsSync(join(folder, 'mirror', 'central', 'schemas', 'com.acme', 'x', 'jsonschema', '1-0-0'))).toBe(true);
  });

  it('serves from memory when the disk cannot be written', async () => {
    does.acme = () => '"x"';
    rmSync(join(folder, 'mirror'), { recursive: true });
    expect([await ask('com.acme/x'), await ask('com.acme/x')]).toEqual(['"x"', '"x"']);
    expect(asked.length).toBe(1);
  });
});

describe('a schema that nobody has', () => {
  it('is asked for again after a moment only', async () => {
    expect(await ask('com.acme/x')).toBe('missing');
    all('"now"');
    await clock.advance(9_999);
    expect(await ask('com.acme/x')).toBe('missing');
    expect(asked.length).toBe(2);
    await clock.advance(1);
    expect(await ask('com.acme/x')).toBe('"now"');
  });

  it('has a history of all repositories, sorted by name', async () => {
    does = { acme: () => '<html>', central: () => 404 };
    const lastAttempt = '2026-01-01T00:00:00.000Z';
    const message = 'Could not decode server response. It is no JSON';
    const history = [
      { repository: 'Iglu Client Embedded', errors: [{ error: 'NotFound' }], attempts: 1, lastAttempt },
      { repository: 'acme', errors: [{ error: 'ClientFailure', message }], attempts: 1, lastAttempt },
      { repository: 'central', errors: [{ error: 'NotFound' }], attempts: 1, lastAttempt },
    ];
    expect(await historyOf('com.acme/x')).toEqual(history);
    await clock.advance(9_000);
    expect(await historyOf('com.acme/x')).toEqual(history);
    expect(await ask('com.acme/x')).toBe('missing');
  });
});

describe('while a repository cannot be asked', () => {
  it.each<[string, string]>([
    ['com.acme/x', 'wait'],
    ['com.foreign/x', 'unsure'],
  ])('%s is %s, when all are down', async (name, expected) => {
    all('refuses');
    expect(await ask(name)).toBe(expected);
  });

  it('what another lists is not missing, but nobody waits for it', async () => {
    does = { acme: () => 404, central: () => 503 };
    expect(await ask('com.acme/x')).toBe('unsure');
  });

  it('what this box ever resolved is waited for, also after a restart and without its copy', async () => {
    does.central = () => '"x"';
    own = { [schemaUri(keyOf('com.foreign/own'))]: '"own"' };
    await ask('com.foreign/x');
    await ask('com.foreign/own');
    await store.close();
    for (const name of ['central']) rmSync(join(folder, 'mirror', name), { recursive: true });
    own = {};
    store = await open();
    all('refuses');
    expect([await ask('com.foreign/x'), await ask('com.foreign/own'), await ask('com.foreign/y')]).toEqual([
      'wait',
      'wait',
      'unsure',
    ]);
  });

  it('its last error stands in the history of what it is not asked for', async () => {
    does = { acme: () => 500 };
    await ask('com.foreign/x');
    await clock.advance(900);
    expect((await historyOf('com.foreign/y'))?.find(({ repository: name }) => name === 'acme')).toEqual({
      repository: 'acme',
      errors: [{ error: 'RepoFailure', message: 'Unexpected status 500' }],
      attempts: 0,
      lastAttempt: '2026-01-01T00:00:00.000Z',
    });
  });

  it('1,000 foreign names cost one attempt of 500 ms for each repository, and schemas that count none', async () => {
    all('hangs');
    expect(await askHanging('com.foreign/x', 1_000)).toBe('unsure');
    const startedMs = clock.monotonicMs();
    for (let i = 0; i < 1_000; i++) expect(await ask(`com.foreign/y${i}`)).toBe('unsure');
    expect([asked.length, clock.monotonicMs() - startedMs]).toEqual([2, 0]);
    all('"x"');
    expect(await ask('com.acme/x')).toBe('"x"');
  });

  it('an unsure schema is asked for once a minute at most, and a schema that counts as soon as the breaker lets one through', async () => {
    does.central = () => 500;
    await ask('com.foreign/x');
    all('"x"');
    await clock.advance(59_999);
    expect(await ask('com.foreign/x')).toBe('unsure');
    await clock.advance(1);
    expect(await ask('com.foreign/x')).toBe('"x"');
    all('refuses');
    expect(await ask('com.acme/y')).toBe('wait');
    all('"y"');
    expect(await ask('com.acme/y')).toBe('wait');
    await clock.advance(1_000);
    expect(await ask('com.acme/y')).toBe('"y"');
  });

  it('a schema that counts has more time', async () => {
    all('hangs');
    expect(await askHanging('com.acme/x', 3_000)).toBe('wait');
    expect(asked.map((line) => line.split(' ')[2])).toEqual(['1500', '1500']);
  });
});

describe('however many ask', () => {
  it('a schema is asked for once', async () => {
    all('hangs');
    does.acme = () => 404;
    const began = new Promise<void>((resolve) => sleeping.push(resolve));
    const answers = Array.from({ length: 100 }, () => ask('org.other/x'));
    await began;
    await clock.advance(500);
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['unsure']));
    expect(asked.length).toBe(2);
    does.central = () => '"x"';
    await clock.advance(60_000);
    expect(new Set(await Promise.all(Array.from({ length: 100 }, () => ask('org.other/x'))))).toEqual(new Set(['"x"']));
    expect(asked.length).toBe(3);
  });

  it('a refresh is one request, too', async () => {
    does.acme = () => '"x"';
    await ask('com.acme/x');
    await store.settled();
    await clock.advance(600_000);
    await Promise.all(Array.from({ length: 100 }, () => ask('com.acme/x')));
    await store.settled();
    expect(asked.length).toBe(2);
  });
});
