/** The change feed: the rules as a table, the loop on virtual time, and the requests against a server of this test. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../runtime/clock';
import { seededRandom } from '../runtime/random';
import { VirtualClock } from '../runtime/virtual-clock';
import { defaultsOf } from '../test/default-settings';
import {
  createHttpFeed,
  followChanges,
  nextPlace,
  type FeedAnswer,
  type FeedChange,
  type FeedPlace,
} from './change-feed';
import { schemasFields } from './schemas-config';

const changes = (feed: string, position: number, keys: readonly string[] | null = []): FeedAnswer => ({
  kind: 'changes', feed, position, keys,
}); // prettier-ignore
const at = (feed: string, position: number, isSure = true): FeedPlace => ({ feed, position, isSure });
const down: FeedAnswer = { kind: 'unavailable', reason: 'connect ECONNREFUSED' };

test.each<[string, FeedPlace | null, FeedAnswer, FeedPlace | null, FeedChange]>([
  ['the first answer', null, changes('a', 7), at('a', 7), 'everything'],
  ['nothing changed', at('a', 7), changes('a', 7), at('a', 7), []],
  ['one changed', at('a', 7), changes('a', 8, ['x']), at('a', 8), ['x']],
  ['too much changed', at('a', 7), changes('a', 999, null), at('a', 999), 'everything'],
  ['another run of the server', at('a', 7), changes('b', 1, ['x']), at('b', 1), 'everything'],
  ['no answer', at('a', 7), down, at('a', 7, false), []],
  ['no answer, ever', null, down, null, []],
  ['an answer again, of the same run: what changed meanwhile is asked for next', at('a', 7, false), changes('a', 9), at('a', 7), []], // prettier-ignore
  ['an answer again, of another run', at('a', 7, false), changes('b', 9), at('b', 9), 'everything'],
  ['a server without a feed', at('a', 7), { kind: 'absent' }, null, []],
])('%s', (_name, place, answer, nextExpected, change) => {
  expect(nextPlace(place, answer)).toEqual({ place: nextExpected, change });
});

function world(answer: (since: number | null, clock: VirtualClock, signal: AbortSignal) => Promise<FeedAnswer>) {
  const clock = new VirtualClock();
  const stopping = new AbortController();
  const asked: (number | null)[] = [];
  const heard: FeedChange[] = [];
  const following = followChanges({
    ask: (since, signal) => {
      asked.push(since);
      return answer(since, clock, signal);
    },
    onChange: (change) => void heard.push(change),
    clock,
    random: seededRandom(1),
    signal: stopping.signal,
    telemetry: { feedHeard: () => undefined, feedLost: () => undefined },
  });
  const stop = async (): Promise<void> => {
    stopping.abort();
    await clock.advance(0);
    await following;
    expect(clock.sleeping).toBe(0);
  };
  return { clock, asked, heard, stop };
}

describe('following the changes', () => {
  test('a server that is away is asked once a second, and what it publishes when it is back is heard within 2 s', async () => {
    let [isUp, position] = [false, 0];
    const { clock, asked, heard, stop } = world(async (since, time, signal) => {
      if (!isUp) return down;
      if (since === null) return changes('a', position);
      for (let waitedMs = 0; waitedMs < 25_000 && position <= since && !signal.aborted; waitedMs += 100)
        await time.sleep(100, signal);
      return changes('a', position, position > since ? ['x'] : []);
    });
    await clock.advance(300_000);
    expect(asked.length).toBeGreaterThan(300);
    expect(asked.length).toBeLessThan(610);
    isUp = true;
    await clock.advance(1_000);
    expect(heard).toEqual(['everything']);
    position++;
    await clock.advance(200);
    expect(heard).toEqual(['everything', ['x']]);
    await stop();
  });

  test('a server that does not wait is not asked in a circle', async () => {
    const { clock, asked, stop } = world(() => Promise.resolve(changes('a', 1)));
    await clock.advance(60_000);
    expect(asked.length).toBeLessThan(150);
    await stop();
  });

  test('a server without a feed is asked again after a minute or two', async () => {
    const { clock, asked, heard, stop } = world(() => Promise.resolve({ kind: 'absent' }));
    await clock.advance(600_000);
    expect([asked.every((since) => since === null), heard]).toEqual([true, []]);
    expect(asked.length).toBeGreaterThanOrEqual(6);
    expect(asked.length).toBeLessThanOrEqual(11);
    await stop();
  });
});

describe('the requests', () => {
  const settings = defaultsOf(schemasFields);
  const ask = async (
    respond: (request: IncomingMessage, response: ServerResponse) => void,
    since: number | null = null,
    signal = new AbortController().signal,
    more: { readonly requestTimeoutMs?: number; readonly feedWaitMs?: number } = {},
  ): Promise<FeedAnswer> => {
    const server = createServer(respond);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
    try {
      return await createHttpFeed({ ...settings, ...more, uri, apiKey: 'k' }, systemClock)(since, signal);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  test('name the position and how long they wait, or nothing', async () => {
    const seen: unknown[] = [];
    const respond = (request: IncomingMessage, response: ServerResponse): void => {
      seen.push([request.url, request.headers.apikey]);
      response.end('{"feed":"f","position":4,"keys":["iglu:a/b/c/1-0-0"]}');
    };
    expect(await ask(respond)).toEqual(changes('f', 4, ['iglu:a/b/c/1-0-0']));
    await ask(respond, 3);
    expect(seen).toEqual([
      ['/api/changes', 'k'],
      ['/api/changes?since=3&waitMs=25000', 'k'],
    ]);
  });

  test.each<[string, number, string, FeedAnswer]>([
    ['too much to say', 200, '{"feed":"f","position":4,"keys":null}', changes('f', 4, null)],
    ['no keys', 200, '{"feed":"f","position":4}', changes('f', 4)],
    ['404', 404, '{"message":"no"}', { kind: 'absent' }],
    ['a page', 200, '<html>', { kind: 'absent' }],
    ['a list', 200, '[]', { kind: 'absent' }],
    ['another object', 200, '{"feed":7,"position":"x"}', { kind: 'absent' }],
    ['a position that is none', 200, '{"feed":"f","position":-1.5}', { kind: 'absent' }],
    ['keys that are none', 200, '{"feed":"f","position":1,"keys":[7]}', { kind: 'absent' }],
    ['a refusal', 403, '', { kind: 'absent' }],
    ['a fault', 500, '', { kind: 'unavailable', reason: 'status 500' }],
  ])('%s', async (_name, status, body, expected) => {
    expect(await ask((_request, response) => response.writeHead(status).end(body))).toEqual(expected);
  });

  test('end with the process, and when the server falls silent', async () => {
    const stopping = new AbortController();
    const silent = (): void => stopping.abort();
    expect((await ask(silent, 1, stopping.signal)).kind).toBe('unavailable');
    expect((await ask(() => undefined, 1, undefined, { requestTimeoutMs: 30, feedWaitMs: 30 })).kind).toBe(
      'unavailable',
    );
  });
});
