/** The figures of the Kinesis client, each with its reference: what a record costs, how fast a stream is read, memory. */
import type { Bench } from './check';
import { clientRecords } from './client-records';
import { idleShards } from './idle-shards';
import { streamReading } from './stream-reading';

export const kinesisClient: Bench = {
  doc: 'the Kinesis client: what a record costs, how fast it reads, its memory',
  async run(seconds) {
    return [
      ...(await clientRecords.run(seconds)),
      ...(await streamReading.run(seconds)),
      ...(await idleShards.run(seconds)),
    ];
  },
};
