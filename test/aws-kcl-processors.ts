/**
 * Record processors as applications of aws-kcl write them: plain objects, callbacks, one checkpoint after the other with a few
 * tries, everything that they know of the shard in variables beside. What they print goes into `printed`.
 */
import { format } from 'node:util';

type Done = () => void;
type OnCheckpoint = (error: string | null, sequenceNumber: string | null) => void;
interface AwsKclCheckpointer {
  checkpoint(sequenceNumber: string | null, callback: OnCheckpoint): void;
}
interface AwsKclRecords {
  readonly records: readonly {
    readonly data: string;
    readonly partitionKey: string;
    readonly sequenceNumber: string;
  }[];
  readonly checkpointer: AwsKclCheckpointer;
}

const TRIES = 3;

function shared(printed: string[]) {
  let shardId = 'none';
  const print = (...what: unknown[]): void => void printed.push(`${shardId} ${format(...what)}`);
  const checkpoint = (checkpointer: AwsKclCheckpointer, at: string | null, done: Done, tries = TRIES): void => {
    checkpointer.checkpoint(at, (error, sequenceNumber) => {
      print('checkpoint of %s: %s', sequenceNumber, error ?? 'done');
      if (error === 'ThrottlingException' && tries > 1) checkpoint(checkpointer, at, done, tries - 1);
      else done();
    });
  };
  return {
    print,
    checkpoint,
    initialize(this: unknown, input: { shardId: string }, done: Done): void {
      shardId = input.shardId;
      print('initialize %j', input);
      done();
    },
    processRecords({ records, checkpointer }: AwsKclRecords, done: Done): void {
      if (records.length === 0) return done();
      for (const { data, partitionKey } of records)
        print('%s of %s', Buffer.from(data, 'base64').toString(), partitionKey);
      checkpoint(checkpointer, (records.at(-1) as { sequenceNumber: string }).sequenceNumber, done);
    },
  };
}

export function processorOfVersion2(printed: string[]) {
  const { initialize, processRecords, checkpoint, print } = shared(printed);
  return {
    initialize,
    processRecords,
    leaseLost: (input: object, done: Done): void => {
      print('leaseLost %j', input);
      done();
    },
    shardEnded: ({ checkpointer }: { checkpointer: AwsKclCheckpointer }, done: Done): void => {
      print('shardEnded');
      checkpoint(checkpointer, null, done);
    },
    shutdownRequested: ({ checkpointer }: { checkpointer: AwsKclCheckpointer }, done: Done): void => {
      print('shutdownRequested');
      checkpoint(checkpointer, null, done);
    },
  };
}

export function processorOfVersion1(printed: string[]) {
  const { initialize, processRecords, checkpoint, print } = shared(printed);
  return {
    initialize,
    processRecords,
    shutdown: (input: { reason: string; checkpointer?: AwsKclCheckpointer }, done: Done): void => {
      print('shutdown %s', input.reason);
      if (input.checkpointer === undefined) return done();
      checkpoint(input.checkpointer, null, done);
    },
  };
}
