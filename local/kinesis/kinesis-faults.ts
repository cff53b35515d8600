/**
 * The faults that change what an operation of Kinesis does, put around the operations of the front: records of a PutRecords
 * that fail alone, and the limits of shards. Other faults never come here: they are met on the way (pass-call.ts).
 */
import type { Clock } from '../../runtime/clock';
import type { Params, Perform } from '../aws-handler';
import type { Faults } from '../faults/faults';
import type { Call } from '../gate';
import { clientError } from '../service-error';
import type { KinesaliteStore } from './kinesalite-store';
import { ShardBudgets } from './shard-budgets';
import { readShardIterator } from './shard-iterator';
import { putBytes, shardOfRecord, type PutEntry } from './shard-of-record';
import { withStreamName } from './stream-name';

interface PutAnswer {
  readonly FailedRecordCount: number;
  readonly Records: readonly object[];
}

/** Why a record of a PutRecords fails. */
interface RecordFault {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

export function withKinesisFaults(
  operations: ReadonlyMap<string, Perform>,
  { faults, store, clock }: { faults: Faults; store: KinesaliteStore; clock: Clock },
): Map<string, Perform> {
  const budgets = new Map<string, ShardBudgets>();

  function limitsOf(call: Call) {
    const fault = faults.find('shard-limits', call);
    if (fault === null) return null;
    const ofFault = budgets.get(fault.id) ?? new ShardBudgets(fault.rule);
    budgets.set(fault.id, ofFault);
    return { budgets: ofFault, struck: () => fault.struck() };
  }

  const throttled = (shardId: string, streamName: string): RecordFault => ({
    ErrorCode: 'ProvisionedThroughputExceededException',
    ErrorMessage: `Rate exceeded for shard ${shardId} in stream ${streamName} under account ${store.account}.`,
  });
  const refusal = (shardId: string, streamName: string) => {
    const { ErrorCode, ErrorMessage } = throttled(shardId, streamName);
    return clientError(ErrorCode, ErrorMessage);
  };

  /** Why each record fails; undefined for those that are stored. */
  async function recordFaults(params: Params, entries: readonly PutEntry[], call: Call) {
    const partial = faults.find('partial', call);
    const limits = limitsOf(call);
    const { StreamName } = withStreamName(params);
    const streamName = String(StreamName);
    const shards = limits === null ? [] : (await store.stream(streamName)).Shards;
    const nowMs = clock.monotonicMs();
    return entries.map((entry): RecordFault | undefined => {
      if (partial !== null && partial.random.next() < partial.rule.rate) {
        partial.struck();
        return { ErrorCode: partial.rule.type, ErrorMessage: 'an injected fault' };
      }
      const shardId = shardOfRecord(shards, entry)?.ShardId;
      if (limits === null || shardId === undefined) return undefined;
      if (limits.budgets.takesRecord(`${streamName}/${shardId}`, putBytes(entry), nowMs)) return undefined;
      limits.struck();
      return throttled(shardId, streamName);
    });
  }

  const around: Record<string, (perform: Perform, params: Params, call: Call) => Promise<unknown>> = {
    async PutRecords(perform, params, call) {
      const entries = Array.isArray(params.Records) ? (params.Records as PutEntry[]) : [];
      const failed = entries.every(isWellFormed) ? await recordFaults(params, entries, call) : [];
      if (failed.every((fault) => fault === undefined)) return perform(params, call);
      const stored = entries.filter((_, index) => failed[index] === undefined);
      const answer =
        stored.length === 0 ? noneStored : ((await perform({ ...params, Records: stored }, call)) as PutAnswer);
      return merged(answer, failed);
    },
    async PutRecord(perform, params, call) {
      const entry = params as unknown as PutEntry;
      const [fault] = isWellFormed(entry) ? await recordFaults(params, [entry], call) : [];
      if (fault) throw clientError(fault.ErrorCode, fault.ErrorMessage);
      return perform(params, call);
    },
    async GetRecords(perform, params, call) {
      const limits = limitsOf(call);
      if (limits === null) return perform(params, call);
      const { streamName, shardId } = readShardIterator(String(params.ShardIterator), 0);
      const shard = `${streamName}/${shardId}`;
      if (!limits.budgets.givesRecords(shard, clock.monotonicMs())) {
        limits.struck();
        throw refusal(shardId, streamName);
      }
      const answer = (await perform(params, call)) as { readonly Records: readonly PutEntry[] };
      const bytes = answer.Records.reduce((sum, record) => sum + putBytes(record), 0);
      limits.budgets.wasRead(shard, bytes, clock.monotonicMs());
      return answer;
    },
    async GetShardIterator(perform, params, call) {
      const limits = limitsOf(call);
      const { StreamName } = withStreamName(params);
      const [streamName, shardId] = [String(StreamName), String(params.ShardId)];
      if (limits !== null && !limits.budgets.givesIterator(`${streamName}/${shardId}`, clock.monotonicMs())) {
        limits.struck();
        throw refusal(shardId, streamName);
      }
      return perform(params, call);
    },
  };

  return new Map(
    [...operations].map(([name, perform]) => {
      const own = around[name];
      const wrapped: Perform = own
        ? (params, call) => (call ? own(perform, params, call) : perform(params, null))
        : perform;
      return [name, wrapped];
    }),
  );
}

const noneStored: PutAnswer = { FailedRecordCount: 0, Records: [] };

/** As far as this file reads it; what is wrong otherwise, the operation itself refuses. */
const isWellFormed = (entry: PutEntry): boolean =>
  typeof entry?.PartitionKey === 'string' &&
  typeof entry.Data === 'string' &&
  (entry.ExplicitHashKey === undefined || /^\d{1,39}$/.test(entry.ExplicitHashKey));

/** The answer for all records of a request: those that failed in their places. */
function merged(answer: PutAnswer, failed: readonly (RecordFault | undefined)[]): PutAnswer {
  const stored = answer.Records[Symbol.iterator]();
  const records = failed.map((fault) => fault ?? (stored.next().value as object));
  return { ...answer, FailedRecordCount: failed.filter(Boolean).length, Records: records };
}
