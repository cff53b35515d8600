/** Page views for tests of the output: collector payloads of two hours, so that each batch has two files. */
import { PutRecordsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { pageView } from './user-traffic';

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
      const view = { eventId, userId: 'user', number: n };
      return { PartitionKey: `key-${n}`, Data: pageView(view, Date.UTC(2026, 0, 1, index % 2)) };
    });
    const { FailedRecordCount } = await this.kinesis.send(
      new PutRecordsCommand({ StreamName: this.streamName, Records: records }),
    );
    if (FailedRecordCount !== 0) throw new Error(`${FailedRecordCount} records were not stored`);
  }
}

/** The event id of a line of the table `enriched`. */
export const eventIdOf = (line: string): string => (JSON.parse(line) as { event_id: string }).event_id;
