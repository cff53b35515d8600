/**
 * After a storm: lets a fleet come to rest, stops it in order, and reads what there is. The order matters: what nobody writes
 * to any more is read.
 */
import { ScanCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../runtime/clock';
import { compareEvents, countEach, type Comparison } from './compare-events';
import { LATE_MS_MAX } from './fault-cards';
import { LEASE_TABLE, RAW_STREAM, type Fleet } from './fleet';
import type { OutputWatch } from './output-watch';
import { streamEvents } from './stream-events';

/** How long the enrichers may take to write what is in the stream, when no fault strikes any more. */
const SETTLE_MS = 200_000;
const POLL_MS = 500;

export interface Settled {
  readonly comparison: Comparison;
  /** Lease rows that still have a pending checkpoint. */
  readonly pending: readonly string[];
  /** Processes that did not stop in order, and how they ended. */
  readonly stopFaults: readonly string[];
}

/** `accepted`: the ids of events that trackers were told are safe; none comes any more. */
export async function settle(
  fleet: Fleet,
  accepted: ReadonlySet<string>,
  output: OutputWatch,
  clock: Clock,
): Promise<Settled> {
  const kinesis = fleet.kinesis();
  const dynamodb = fleet.dynamodb();
  try {
    const stopFaults = await fleet.stop('collector'); // puts what it still holds
    await clock.sleep(LATE_MS_MAX);
    const stream = new Map<string, number>();
    let records = 0;
    for await (const id of streamEvents(kinesis, RAW_STREAM)) {
      countEach([id], stream);
      records++;
    }
    const deadlineMs = clock.monotonicMs() + SETTLE_MS;
    while (output.lines < records && clock.monotonicMs() < deadlineMs) await clock.sleep(POLL_MS);
    stopFaults.push(...(await fleet.stop('enricher')));
    await output.stop();
    return {
      comparison: compareEvents(accepted, stream, output.events),
      pending: await pendingRows(dynamodb),
      stopFaults,
    };
  } finally {
    kinesis.destroy();
    dynamodb.destroy();
  }
}

async function pendingRows(dynamodb: DynamoDBClient): Promise<string[]> {
  const { Items: rows = [] } = await dynamodb.send(new ScanCommand({ TableName: LEASE_TABLE, ConsistentRead: true }));
  return rows.flatMap((row) => (row.pendingCheckpoint?.S === undefined ? [] : [row.leaseKey?.S ?? '']));
}
