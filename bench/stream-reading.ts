/**
 * How fast a worker reads a filled stream, beside a bare GetRecords loop under the same limits of the service: both in
 * processes of their own, by turns, against the emulators in this one. Memory is the peak of the reading process.
 */
import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { transformSync } from '@swc/core';
import { PutRecordsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { kinesisClientFields } from '../kinesis-client';
import { defaultsOf } from '../test/default-settings';
import { startEmulators } from '../test/emulators';
import { shardIdOf } from '../test/kinesis-calls';
import { atLeast, atMost, figure, type Bench } from './check';
import type { Reading, ReadingOrder } from './stream-reading-process';

const STREAM = 'filled';
const SHARDS = 4;
const RECORDS = 200_000;
const RECORD_BYTES = 256;
const RECORDS_PER_PUT = 500;
const ROUNDS = 3;

export const streamReading: Bench = {
  doc: 'a worker reads 200,000 records from 4 shards, beside a bare GetRecords loop',
  async run() {
    const emulators = await startEmulators({ streams: { [STREAM]: SHARDS } });
    try {
      await fill(emulators.kinesis);
      const order = { aws: emulators.aws, stream: STREAM, shardIds: Array.from({ length: SHARDS }, (_, i) => shardIdOf(i)), records: RECORDS, settings: defaultsOf(kinesisClientFields) }; // prettier-ignore
      const rounds: { bare: Reading; worker: Reading }[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const bare = await read({ ...order, reader: 'bare', application: '' });
        const worker = await read({ ...order, reader: 'worker', application: `round-${round}` });
        rounds.push({ bare, worker });
      }
      const middle = (of: (round: (typeof rounds)[number]) => number): number =>
        rounds.map(of).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number;
      return [
        figure('bare GetRecords loop', RECORDS / (middle(({ bare }) => bare.ms) / 1_000), 'records/s'),
        figure('worker', RECORDS / (middle(({ worker }) => worker.ms) / 1_000), 'records/s'),
        atLeast(
          0.8,
          'worker / bare loop',
          middle(({ bare, worker }) => bare.ms / worker.ms),
          'times',
        ),
        figure(
          'bare loop: CPU',
          middle(({ bare }) => bare.cpuUs / RECORDS),
          'us/record',
        ),
        figure(
          'worker: CPU',
          middle(({ worker }) => worker.cpuUs / RECORDS),
          'us/record',
        ),
        figure(
          'bare loop: memory at its peak',
          middle(({ bare }) => bare.peakBytes / 1e6),
          'MB',
        ),
        atMost(
          150,
          'worker: memory at its peak',
          middle(({ worker }) => worker.peakBytes / 1e6),
          'MB',
        ),
        figure(
          'worker: start until it holds all shards',
          middle(({ worker }) => worker.startMs),
          'ms',
        ),
      ];
    } finally {
      await emulators.stop();
    }
  },
};

async function fill(kinesis: KinesisClient): Promise<void> {
  const data = Buffer.alloc(RECORD_BYTES, 'x');
  for (let first = 0; first < RECORDS; first += RECORDS_PER_PUT) {
    const Records = Array.from({ length: RECORDS_PER_PUT }, (_, i) => ({
      PartitionKey: String(first + i),
      Data: data,
    }));
    const { FailedRecordCount } = await kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
    if (FailedRecordCount !== 0) throw new Error('the emulator did not take all records');
  }
}

/** Beside the build, whose files it imports: so the memory of the process is that of a worker and not of a compiler. */
function compiledReader(): string {
  const source = join(__dirname, 'stream-reading-process.ts');
  const folder = resolve(__dirname, '../dist/bench');
  const jsc = { parser: { syntax: 'typescript' }, target: 'es2022' } as const;
  const { code } = transformSync(readFileSync(source, 'utf8'), { filename: source, jsc, module: { type: 'commonjs' } });
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'stream-reading-process.js');
  writeFileSync(file, code);
  return file;
}

/** One reading in a process of its own. */
function read(order: ReadingOrder): Promise<Reading> {
  return new Promise((resolve, reject) => {
    const child = fork(compiledReader(), { execArgv: [] });
    child.once('message', (reading) => resolve(reading as Reading));
    child.once('error', reject);
    child.once('exit', (code) => code !== 0 && reject(new Error(`${order.reader} ended with exit code ${code}`)));
    child.send(order);
  });
}
