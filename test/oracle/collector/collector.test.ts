/**
 * Every request that a running Snowplow collector 2.10.0 was given, given to ours. What differs on purpose is the list
 * `differences`: each says where the specification wants it and changes as little as it can. One that no case needs fails.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decide, type Decision } from '../../../collector/decide';
import { decodeCollectorPayload, encodedLength, type CollectorPayload } from '../../../protocol/collector-payload';
import { seededRandom } from '../../../runtime/random';
import { sharedData, skipped } from '../../shared-data';
import { caseRequest, caseRules, NEW_ID, NOW_MS, type BadRowJson, type OracleCase, type PrintedPayload } from './cases';
import type { Seen } from './difference';
import { differences } from './differences';
import { inReverse } from './size-differences';

const path = sharedData('oracle/collector-cases.jsonl');
const cases = (path === null ? '' : readFileSync(path, 'utf8'))
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as OracleCase)
  .filter(({ layer }) => layer !== 'http-server'); // what their HTTP server refused: server.test.ts

const decideCase = (one: OracleCase, recordBytesMax?: number): Decision => {
  const rules = caseRules(one.config);
  return decide(caseRequest(one), {
    rules: recordBytesMax === undefined ? rules : { ...rules, recordBytesMax },
    processor: { artifact: 'flotilla-collector', version: '0.1.0' },
    nowMs: NOW_MS,
    random: { ...seededRandom(1), uuid: () => NEW_ID },
    sinkHealthy: true,
  });
};

const decoded = (record: Uint8Array): CollectorPayload => {
  const result = decodeCollectorPayload(record);
  if (!result.ok) throw new Error(result.error);
  return result.payload;
};

/** Whose key it is is a rule of ours (the user's id when known): decide.test.ts has it. Here: an address, or not. */
const kindOfKey = (partitionKey: string): string => (/^[0-9a-f:.]+$/.test(partitionKey) ? 'address' : 'other');

function theirs(one: OracleCase, mine: Seen): Seen {
  const filled = (text: string): string =>
    text
      .replace(/\{uuid\d+\}/g, NEW_ID)
      .replace(/\{now\+(\d+) (d|s)\}/g, (_, n: string, unit: string) =>
        new Date(NOW_MS + Number(n) * (unit === 'd' ? 86_400_000 : 1_000)).toUTCString(),
      );
  const unlike = ['server', 'date', 'p3p', 'content-length', 'connection'];
  return {
    status: one.response.status,
    headers: Object.fromEntries(
      one.response.headers
        .map(([name, value]) => [name.toLowerCase(), filled(value)] as const)
        .filter(([name]) => !unlike.includes(name)),
    ),
    body: one.response.body,
    records: one.records.map(({ stream, partitionKey, raw, payload, bad }) => ({
      stream,
      partitionKey: kindOfKey(partitionKey),
      ...(bad
        ? { bad }
        : {
            payload: withPlaceholders(
              raw === undefined ? unhashed(payload, mine) : decoded(Buffer.from(raw, 'base64')),
              payload,
            ),
          }),
    })),
  };
}

/** `raw` keeps the real time and id; the cases' own JSON says which id is random. */
const withPlaceholders = (payload: CollectorPayload, printed: PrintedPayload | undefined): CollectorPayload => ({
  ...payload,
  timestamp: NOW_MS,
  networkUserId: printed?.networkUserId?.startsWith('{uuid') ? NEW_ID : payload.networkUserId,
});

/** Without its bytes a record has a body by its hash: the text, when it is one of ours, in either order. */
function unhashed(payload: PrintedPayload | undefined, mine: Seen): CollectorPayload {
  if (typeof payload?.body !== 'object') throw new Error('neither bytes nor hash');
  const { sha256 } = payload.body;
  const bodies = mine.records.map((record) => record.payload?.body ?? '').filter((body) => body.startsWith('{'));
  const texts = [...bodies, ...bodies.map(inReverse)];
  const isIt = (text: string): boolean => createHash('sha256').update(text).digest('hex') === sha256;
  return { ...payload, body: texts.find(isIt) ?? sha256 };
}

function ours(one: OracleCase): Seen {
  const { reply, records } = decideCase(one, sameRoom(one));
  return {
    status: reply.status,
    headers: Object.fromEntries(reply.headers.map(([name, value]) => [name.toLowerCase(), value])),
    body: one.request.method === 'HEAD' ? '' : Buffer.from(reply.body).toString('base64'), // as server.ts sends it
    records: records.map(({ stream, partitionKey, data }) => ({
      stream: stream === 'raw' ? 'good' : stream,
      partitionKey: kindOfKey(partitionKey),
      ...(stream === 'raw'
        ? { payload: decoded(data) }
        : { bad: JSON.parse(Buffer.from(data).toString()) as BadRowJson }),
    })),
  };
}

/**
 * Ours stores more around a body (1.5: an empty querystring, more header lines), so that an event on the brim of one record
 * would be over it. Where theirs split, ours gets a limit that leaves the same room.
 */
function sameRoom(one: OracleCase): number | undefined {
  const split = one.records.find(({ stream }) => stream === 'good' && one.group.includes('split'))?.raw;
  const whole = decideCase(one, 1_000_000).records[0]?.data;
  if (split === undefined || whole === undefined) return undefined;
  const around = (payload: CollectorPayload): number => encodedLength({ ...payload, body: '' });
  return caseRules(one.config).recordBytesMax + around(decoded(whole)) - around(decoded(Buffer.from(split, 'base64')));
}

describe('what Snowplow’s collector did', () => {
  if (path === null) {
    it('is compared where the recorded cases are', () =>
      skipped('collector oracle', 'no ../shared/oracle/collector-cases.jsonl'));
    return;
  }
  const used = new Set<string>();

  it.each(cases.map((one) => [one.id, one] as const))('%s', (_, one) => {
    const mine = ours(one);
    let expected = theirs(one, mine);
    for (const { name, change } of differences) {
      const changed = change(structuredClone(expected), one, mine);
      if (JSON.stringify(changed) !== JSON.stringify(expected)) used.add(name);
      expected = changed;
    }
    expect(mine).toEqual(expected);
  });

  it('needs every difference that is listed', () => {
    expect(differences.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
  });
});
