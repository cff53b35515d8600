/**
 * One real enricher process working off a backlog in the local emulators, which run in memory in this process. Says how many
 * events a second it decides, what it spends on one and how much memory it takes. What the emulators cost is measured
 * beside, in the same run: a bare client reads the same stream once.
 */
import { PutRecordsCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { systemClock as clock } from '../runtime/clock';
import { streamRecords } from '../test/raw-stream';
import { freePort, startStack, type Stack } from '../test/stack';
import { atMost, figure, type Bench } from './check';
import { lookAt, type Look } from './look-at';
import { eventsPerRecord, trackedRecords } from './tracked-records';

/** Distinct records; the backlog repeats them. */
const RECORDS = 1_000;
/** Events of the backlog for each second that is asked for: what an enricher works off in one. */
const EVENTS_PER_SECOND = 10_000;
const STREAM = 'raw';
const SHARDS = 4;
const RECORDS_PER_PUT = 200;
/** A look costs the enricher 2 ms. */
const POLL_MS = 250;
const GIVE_UP_MS = 240_000;
/** CPU of the enricher in units of the bare reader's: what was measured (README.md), and half as much again. */
const CPU_RATIO_MAX = 8;
/** pm2 starts an enricher anew at 1 GiB (ecosystem.config.js). */
const RSS_MAX_MB = 600;

export const pipeline: Bench = {
  doc: 'one enricher process on the local emulators working off a backlog: events a second, CPU time, memory',
  async run(seconds) {
    const schemaPort = await freePort();
    const stack = await startStack({
      streams: { [STREAM]: SHARDS },
      settings: {
        FLOTILLA_STREAM_RAW: STREAM,
        FLOTILLA_SCHEMA_SERVER_PORT: String(schemaPort),
        FLOTILLA_SCHEMAS_URI: `http://127.0.0.1:${schemaPort}`,
        FLOTILLA_S3_BATCH_AGE_MS: '2000', // as npm start has it
        FLOTILLA_KINESIS_CLIENT_LEASE_DURATION_MS: '10000',
      },
    });
    try {
      const records = Math.ceil((seconds * EVENTS_PER_SECOND) / eventsPerRecord);
      await preload(stack.emulators.kinesis, records);
      const events = records * eventsPerRecord;
      const read = await readOnly(stack, events);
      const worked = await workOff(stack, events);
      return [
        figure('backlog', events, 'events'),
        figure('bare reader', read.perSecond, 'events/s'),
        figure('bare reader and emulators: CPU', read.cpuUs, 'us/event'),
        figure('enricher', worked.perSecond, 'events/s'),
        figure('enricher: CPU', worked.cpuUs, 'us/event'),
        figure('emulators meanwhile: CPU', worked.emulatorsUs, 'us/event'),
        atMost(CPU_RATIO_MAX, 'enricher / bare reader, CPU', worked.cpuUs / read.cpuUs, 'times'),
        atMost(RSS_MAX_MB, 'enricher: most memory (RSS)', worked.rssMaxMb, 'MB'),
        atMost(0, 'bad rows', worked.badRows, 'rows'),
      ];
    } finally {
      await stack.stop();
    }
  },
};

async function preload(kinesis: KinesisClient, count: number): Promise<void> {
  const records = await trackedRecords(RECORDS);
  for (let first = 0; first < count; first += RECORDS_PER_PUT) {
    const Records = Array.from({ length: Math.min(RECORDS_PER_PUT, count - first) }, (_, i) => ({
      PartitionKey: String(first + i),
      Data: records[(first + i) % RECORDS] as Buffer,
    }));
    const { FailedRecordCount } = await kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
    if (FailedRecordCount !== 0) throw new Error('the emulator did not take all records');
  }
}

/** Reads everything once and does nothing with it: emulators and client, both in this process. */
async function readOnly(stack: Stack, events: number) {
  const startedMs = clock.monotonicMs();
  const before = process.cpuUsage();
  await streamRecords(stack.emulators.kinesis, STREAM);
  const { user, system } = process.cpuUsage(before);
  return { perSecond: (1000 * events) / (clock.monotonicMs() - startedMs), cpuUs: (user + system) / events };
}

/** From the first look that sees a decided event: before, the process compiles schemas and takes its leases. */
async function workOff(stack: Stack, events: number) {
  await (
    await stack.spawn('schema-server/main.ts')
  ).ready;
  const port = await freePort();
  const enricher = await stack.spawn('enricher/main.ts', { FLOTILLA_METRICS_PORT: String(port) });
  await enricher.ready;
  const first = await until(port, (look) => decided(look) > 0);
  const before = process.cpuUsage();
  const last = await until(port, (look) => decided(look) >= events);
  const { user, system } = process.cpuUsage(before);
  const stored = await until(port, (look) => look('flotilla_s3_uploaded_lines_total') >= decided(last.look));
  const measured = decided(last.look) - decided(first.look);
  const cpuSeconds = last.look('process_cpu_seconds_total') - first.look('process_cpu_seconds_total');
  return {
    perSecond: (1000 * measured) / (last.atMs - first.atMs),
    cpuUs: (1e6 * cpuSeconds) / measured,
    emulatorsUs: (user + system) / measured,
    rssMaxMb: Math.max(last.rssMaxMb, stored.rssMaxMb),
    badRows: stored.look('flotilla_enricher_bad_rows_total'),
  };
}

const decided = (look: Look): number => look('flotilla_enricher_events_total');

interface Reached {
  readonly look: Look;
  readonly atMs: number;
  readonly rssMaxMb: number;
}

/** Looks at the process until something holds. */
async function until(port: number, holds: (look: Look) => boolean): Promise<Reached> {
  const deadlineMs = clock.monotonicMs() + GIVE_UP_MS;
  let rssMaxMb = 0;
  for (;;) {
    const look = await lookAt(port);
    const atMs = clock.monotonicMs();
    rssMaxMb = Math.max(rssMaxMb, look('process_resident_memory_bytes') / 1e6);
    if (holds(look)) return { look, atMs, rssMaxMb };
    if (atMs > deadlineMs) throw new Error('the enricher did not get on');
    await clock.sleep(POLL_MS);
  }
}
