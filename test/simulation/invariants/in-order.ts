/**
 * Every life gets the records after the checkpoint that it began at: all of them, in order, none twice; a batch that failed
 * comes again as it was. No record of a child comes before all its parents have ended in the table.
 */
import { compareCheckpoints, type Checkpoint } from '../../../kinesis-client/leases/lease';
import type { Facts } from '../facts';
import type { Invariant } from '../invariant';
import type { LifeFacts } from '../lives';

export const inOrder = (): Invariant => ({
  name: 'in order',
  check(event, facts) {
    if (event.kind !== 'called' || event.callback !== 'processRecords') return null;
    const life = facts.lives.get(event.life);
    return nextOnes(life, event.records ?? [], facts) ?? parentsFirst(life, facts);
  },
});

function nextOnes(life: LifeFacts, records: readonly Checkpoint[], facts: Facts): string | null {
  const { positions } = facts.shard(life.shardId);
  for (const [index, record] of records.entries()) {
    const expected = positions[life.next + index];
    if (expected !== undefined && compareCheckpoints(expected, record) === 0) continue;
    const which = index === 0 && life.next === life.start ? `a life that began at ${print(life.startsAt)}` : 'a life';
    return `${which} of ${life.shardId} gets ${print(record)} where ${expected ? print(expected) : 'nothing'} comes next`;
  }
  return records.length === 0 ? `processRecords of ${life.shardId} gets no records` : null;
}

function parentsFirst({ shardId }: LifeFacts, facts: Facts): string | null {
  if (facts.rows.get(shardId)?.beganAtLatest) return null;
  const unfinished = facts
    .shard(shardId)
    .parentShardIds.find((parent) => facts.isRead(parent) && !facts.rows.get(parent)?.hasEnded);
  return unfinished === undefined ? null : `a record of ${shardId} comes before its parent ${unfinished} has ended`;
}

const print = ({ sequenceNumber, subSequenceNumber }: Checkpoint): string =>
  subSequenceNumber === 0 ? sequenceNumber : `${sequenceNumber}/${subSequenceNumber}`;
