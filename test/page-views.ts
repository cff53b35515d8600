/** Page views for tests of the output: collector payloads of two hours, so that each batch has two files. */
import { PutRecordsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { encodeCollectorPayload } from '../protocol/collector-payload';

export class PageViews {
  /** Event ids, in the order in which they were put. */
  readonly put: string[] = [];

  constructor(
    private readonly kinesis: KinesisClient,
    private readonly streamName: string,
  ) {}

  async feed(count: number): Promise<void> {
    const records = Array.from({ length: count }, (_, index) => {
      const n = this.put.length;
      const eventId = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
      this.put.push(eventId);
      const payload = encodeCollectorPayload({
        schema: 'iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0',
        ipAddress: '192.0.2.1',
        timestamp: Date.UTC(2026, 0, 1, index % 2),
        encoding: 'UTF-8',
        collector: 'test',
        path: '/i',
        querystring: `e=pv&p=web&tv=js-4&eid=${eventId}`,
      });
      return { PartitionKey: `key-${n}`, Data: payload };
    });
    const { FailedRecordCount } = await this.kinesis.send(
      new PutRecordsCommand({ StreamName: this.streamName, Records: records }),
    );
    if (FailedRecordCount !== 0) throw new Error(`${FailedRecordCount} records were not stored`);
  }
}

/** The event id of a line of the table `enriched`. */
export const eventIdOf = (line: string): string => (JSON.parse(line) as { event_id: string }).event_id;
