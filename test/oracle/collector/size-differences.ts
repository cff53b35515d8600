/** Where bodies that are too large end otherwise than theirs. Named after the lines of snowplow-protocol. */
import { caseRequest, NOW_MS, type BadRowJson } from './cases';
import { badRows, base64, sent, CORS_ALL, TEXT, type Difference } from './difference';

/** Which records there are. */
export const partDifferences: readonly Difference[] = [
  {
    name: '1.6: a body over the limit is one bad row and 200; 2.x: 404, closed, nothing stored',
    change: (theirs, one, ours) => {
      if (theirs.status !== 404 || caseRequest(one).bodyBytes <= 8_388_608) return theirs;
      const failure = {
        timestamp: '{iso now}',
        maximumAllowedSizeBytes: 1_000_000,
        actualSizeBytes: 9_000_000,
        expectation: 'oversized collector payload: Payload exceeds max size of 8388608. Actual length: 9000000',
      };
      const schema = 'iglu:com.snowplowanalytics.snowplow.badrows/size_violation/jsonschema/1-0-0';
      const payload = ours.records[0]?.bad?.data.payload ?? '';
      const bad = { schema, data: { processor: { artifact: 'ssc', version: '2.10.0' }, failure, payload } };
      const cookie = `sp=${sent(one, 'cookie')?.slice(3)}; Expires=Mon, 13 Nov 2024 22:13:20 GMT`;
      return {
        status: 200,
        headers: { ...TEXT, ...CORS_ALL, 'set-cookie': ours.headers['set-cookie'] ?? cookie },
        body: base64('ok'),
        records: [{ stream: 'bad', partitionKey: 'other', bad }],
      };
    },
  },
  {
    name: '1.7: the parts of a request have no order; 2.x reverses it',
    change: (theirs, one, ours) => {
      if (theirs.records.length === 0 || ours.records.length !== theirs.records.length) return theirs;
      const reversed = theirs.records.map((record, i) => {
        const body = record.payload?.body;
        const isPart = theirs.records.length > 1 || body !== ours.records[i]?.payload?.body;
        return record.payload && body !== undefined && isPart && body.startsWith('{')
          ? { ...record, payload: { ...record.payload, body: inReverse(body) } }
          : record;
      });
      return { ...theirs, records: reversed.reverse() };
    },
  },
];

/** What a bad row says. */
export const badRowDifferences: readonly Difference[] = [
  {
    name: '1.7: the processor of a bad row is this program',
    change: badRows(() => ({ processor: { artifact: 'flotilla-collector', version: '0.1.0' } })),
  },
  {
    name: '1.7: the words of the JSON parser are its own',
    change: badRows(({ failure }, ours) => {
      const [, begin] = /^(.* which are not json )/.exec(failure.expectation) ?? [];
      const isSame = begin !== undefined && ours.failure.expectation.startsWith(begin);
      return { failure: isSame ? { ...failure, expectation: ours.failure.expectation } : failure };
    }),
  },
  {
    name: '1.5, 1.7: the size and text of a payload are those of what ours stores',
    change: badRows(({ failure, payload }, ours) => ({
      failure: {
        ...failure,
        timestamp: new Date(NOW_MS).toISOString(),
        actualSizeBytes:
          Math.abs(failure.actualSizeBytes - ours.failure.actualSizeBytes) < 100
            ? ours.failure.actualSizeBytes
            : failure.actualSizeBytes,
      },
      payload: asOurs(payload, ours.payload as string),
    })),
  },
];

/** `data` of a self-describing text the other way round. */
export function inReverse(body: string): string {
  const { schema, data } = JSON.parse(body) as { schema: string; data: unknown[] };
  return JSON.stringify({ schema, data: data.reverse() });
}

/** The text of a payload as ours when it begins as theirs, an empty querystring added and cut as theirs was. */
function asOurs(theirs: BadRowJson['data']['payload'], ours: string): string {
  const whole = typeof theirs === 'string' ? theirs : theirs.prefix;
  const dated = whole.replace('{now}', String(NOW_MS));
  const chars = typeof theirs === 'string' ? dated.length : theirs.chars + dated.length - whole.length;
  const filled = dated.includes('querystring:') ? dated : dated.replace(', body:', ', querystring:, body:');
  const isSame = ours.startsWith(filled.slice(0, whole.length)) && ours.length === chars;
  return isSame ? ours : filled;
}
