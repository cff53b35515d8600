/**
 * Page views of a few users, put straight into the raw stream: a user's events have growing numbers and one partition key,
 * and are put one after the other, so that the stream holds them in order. For tests that look for them in the output.
 */
import { PutRecordsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import type { SeenFile } from '../local/chaos/file-watch';
import { decodeCollectorPayload, encodeCollectorPayload } from '../protocol/collector-payload';
import type { Clock } from '../runtime/clock';

const SNOWPLOW = 'iglu:com.snowplowanalytics.snowplow';
const USERS = 16;
const PUT_EVERY_MS = 100;

export interface UserEvent {
  readonly eventId: string;
  readonly userId: string;
  /** Counts the events of the user, in the order of the stream. */
  readonly number: number;
}

/** What an output line says of it. */
export function eventOf(line: string): UserEvent {
  const event = JSON.parse(line) as { event_id: string; user_id: string; page_title: string };
  return { eventId: event.event_id, userId: event.user_id, number: Number(event.page_title) };
}

/** The numbers of each user's events, in the order in which they became visible: of files seen at once, in that of the shard. */
export function numbersOfUsers(output: readonly SeenFile[]): ReadonlyMap<string, readonly number[]> {
  const files = output.map((file) => ({ ...file, first: firstOf(file.name) }));
  files.sort((a, b) => a.look - b.look || (a.first < b.first ? -1 : 1));
  const numbers = new Map<string, number[]>();
  for (const { userId, number } of files.flatMap(({ lines }) => lines.map(eventOf)))
    numbers.set(userId, [...(numbers.get(userId) ?? []), number]);
  return numbers;
}

/** The first sequence number of a file's batch, by its name. */
const firstOf = (key: string): bigint => BigInt(/-(\d+)-\d+-\d+\.jsonl\.gz$/.exec(key)?.[1] ?? 0);

/** As a collector would put it into the stream. `more` is added to its querystring. */
export const pageView = ({ eventId, userId, number }: UserEvent, collectedAtMs: number, more = ''): Buffer =>
  encodeCollectorPayload({
    schema: 'iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0',
    ipAddress: '192.0.2.1',
    timestamp: collectedAtMs,
    encoding: 'UTF-8',
    collector: 'test',
    path: '/i',
    querystring: `e=pv&p=web&tv=js-4&eid=${eventId}&uid=${userId}&page=${number}${more}`,
  });

/** An event that names a schema, with no data in it, as a collector would put it into the stream. `n` makes its id. */
export function namingEvent(n: number, schema: string, collectedAtMs = Date.UTC(2026, 0, 1)): Buffer {
  const envelope = { schema: `${SNOWPLOW}/unstruct_event/jsonschema/1-0-0`, data: { schema, data: {} } };
  return encodeCollectorPayload({
    schema: 'iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0',
    ipAddress: '192.0.2.1',
    timestamp: collectedAtMs,
    encoding: 'UTF-8',
    collector: 'test',
    path: '/i',
    querystring: `e=ue&p=web&tv=js-4&eid=${numberedId(n)}&ue_pr=${encodeURIComponent(JSON.stringify(envelope))}`,
  });
}

const numberedId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** The event id in a record of the stream; null when it is none of these page views. */
export function idOfRecord(record: Uint8Array): string | null {
  const decoded = decodeCollectorPayload(record);
  return decoded.ok ? new URLSearchParams(decoded.payload.querystring).get('eid') : null;
}

export class UserTraffic {
  /** Event ids, in the order in which they were put. */
  readonly put: string[] = [];
  private readonly numbers = Array.from({ length: USERS }, () => 0);
  private flowing: { readonly stop: AbortController; readonly over: Promise<void> } | null = null;

  constructor(
    private readonly kinesis: KinesisClient,
    private readonly streamName: string,
    private readonly clock: Clock,
  ) {}

  /** One event of each user. With an entity, its schema and that of the envelope are needed. */
  async round(entity?: 'with-entity'): Promise<void> {
    let records = this.numbers.map((number, user) => {
      this.numbers[user] = number + 1;
      return { PartitionKey: `user-${user}`, Data: this.payload(`user-${user}`, number, entity) };
    });
    while (records.length > 0) {
      const answer = await this.kinesis.send(new PutRecordsCommand({ StreamName: this.streamName, Records: records }));
      records = records.filter((_, index) => answer.Records?.[index]?.ErrorCode !== undefined);
    }
  }

  /** A round every tenth of a second, until `stop`. */
  start(entity?: 'with-entity'): void {
    const stop = new AbortController();
    const flow = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        await this.round(entity);
        await this.clock.sleep(PUT_EVERY_MS, stop.signal);
      }
    };
    this.flowing = { stop, over: flow() };
  }

  async stop(): Promise<void> {
    this.flowing?.stop.abort();
    await this.flowing?.over;
    this.flowing = null;
  }

  private payload(userId: string, number: number, entity?: 'with-entity'): Buffer {
    const eventId = numberedId(this.put.length);
    this.put.push(eventId);
    const page = { schema: `${SNOWPLOW}/web_page/jsonschema/1-0-0`, data: { id: eventId } };
    const contexts = JSON.stringify({ schema: `${SNOWPLOW}/contexts/jsonschema/1-0-0`, data: [page] });
    const more = entity === undefined ? '' : `&co=${encodeURIComponent(contexts)}`;
    return pageView({ eventId, userId, number }, Date.UTC(2026, 0, 1), more);
  }
}
