/**
 * What our Kinesis front costs beside the bare emulator that it stands before: records a second through PutRecords and
 * GetRecords, both servers in processes of their own, by turns and on stores of the same kind. The requests are made
 * beforehand and sent without the SDK, so that the servers are what is measured.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../runtime/clock';
import type { Check } from '../runtime/check';
import { atLeast, figure, type Bench } from './check';
import { shardIdOf } from '../test/kinesis-calls';
import type { ServerOrder } from './kinesis-server';

/** Of the bare emulator's records a second. */
const RATIO_MIN = 0.7;
const SHARDS = 4;
const CONNECTIONS = 4;
const READ_LIMIT = 1_000;

interface Shape {
  readonly name: string;
  readonly recordsPerPut: number;
  readonly recordBytes: number;
  /** In a turn. */
  readonly puts: number;
}

const SHAPES: readonly Shape[] = [
  { name: '500 x 200 B', recordsPerPut: 500, recordBytes: 200, puts: 40 },
  { name: '100 x 1 KiB', recordsPerPut: 100, recordBytes: 1_024, puts: 100 },
];
const STORES = ['in memory', 'on disk'] as const;

export const kinesisFront: Bench = {
  doc: 'our Kinesis front, beside the bare emulator behind it',
  async run(seconds) {
    const rounds = Math.max(3, Math.round(seconds));
    const checks: Check[] = [];
    for (const store of STORES) checks.push(...(await compareOn(store, rounds)));
    return checks;
  },
};

async function compareOn(store: (typeof STORES)[number], rounds: number): Promise<Check[]> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-bench-'));
  const servers: RunningServer[] = [];
  try {
    for (const server of ['front', 'bare'] as const)
      servers.push(await startServer(store === 'on disk' ? { server, path: join(folder, server) } : { server }));
    const [front, bare] = servers as [RunningServer, RunningServer];
    const checks: Check[] = [];
    for (const shape of SHAPES) {
      const turns: { front: Turn; bare: Turn }[] = [];
      for (let round = -1; round < rounds; round++) {
        const isEven = round % 2 === 0; // neither is always the one that goes first
        const one = await turn(isEven ? front : bare, shape);
        const two = await turn(isEven ? bare : front, shape);
        if (round >= 0) turns.push(isEven ? { front: one, bare: two } : { front: two, bare: one });
      }
      for (const call of ['PutRecords', 'GetRecords'] as const) checks.push(...checksOf(`${call}, ${shape.name}, ${store}`, call, turns)); // prettier-ignore
    }
    return checks;
  } finally {
    for (const server of servers) await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Rate {
  readonly perSecond: number;
  /** Of the server. */
  readonly cpuUs: number;
}
type Turn = Record<'PutRecords' | 'GetRecords', Rate>;

function checksOf(name: string, call: keyof Turn, turns: readonly { front: Turn; bare: Turn }[]): Check[] {
  const middle = (of: (turn: { front: Turn; bare: Turn }) => number): number =>
    turns.map(of).sort((a, b) => a - b)[Math.floor(turns.length / 2)] as number;
  return [
    figure(`${name}: bare`, middle(({ bare }) => bare[call].perSecond), 'records/s'),
    figure(`${name}: front`, middle(({ front }) => front[call].perSecond), 'records/s'),
    figure(`${name}: bare, CPU`, middle(({ bare }) => bare[call].cpuUs), 'us/record'),
    figure(`${name}: front, CPU`, middle(({ front }) => front[call].cpuUs), 'us/record'),
    atLeast(RATIO_MIN, `${name}: front / bare`, middle(({ front, bare }) => front[call].perSecond / bare[call].perSecond), 'times'),
  ]; // prettier-ignore
}

let streams = 0;

/** Fills a new stream, reads it whole and deletes it. */
async function turn(server: RunningServer, shape: Shape): Promise<Turn> {
  const StreamName = `stream-${++streams}`;
  await server.call('CreateStream', { StreamName, ShardCount: SHARDS });
  while (!(await server.call('DescribeStreamSummary', { StreamName })).includes('"ACTIVE"')) await systemClock.sleep(5);
  const records = shape.recordsPerPut * shape.puts;
  const bodies = putBodies(StreamName, shape);
  const PutRecords = await measured(server, records, () =>
    inLanes(bodies, async (body) => {
      if (!(await server.call('PutRecords', body)).includes('"FailedRecordCount":0')) throw new Error('a record was refused');
    }),
  ); // prettier-ignore
  const iterators = await Promise.all(
    Array.from({ length: SHARDS }, async (_, i) => {
      const answer = await server.call('GetShardIterator', { StreamName, ShardId: shardIdOf(i), ShardIteratorType: 'TRIM_HORIZON' }); // prettier-ignore
      return (JSON.parse(answer) as { ShardIterator: string }).ShardIterator;
    }),
  );
  let counts: number[] = [];
  const GetRecords = await measured(server, records, async () => {
    counts = await Promise.all(iterators.map((iterator) => readShard(server, iterator)));
  });
  const read = counts.reduce((sum, count) => sum + count, 0);
  if (read !== records) throw new Error(`${records} records were put, ${read} read`);
  await server.call('DeleteStream', { StreamName });
  return { PutRecords, GetRecords };
}

/** How many records it has. */
async function readShard(server: RunningServer, iterator: string): Promise<number> {
  for (let read = 0; ;) {
    const answer = await server.call('GetRecords', { ShardIterator: iterator, Limit: READ_LIMIT });
    const { Records, NextShardIterator } = JSON.parse(answer) as { Records: unknown[]; NextShardIterator: string };
    read += Records.length;
    iterator = NextShardIterator;
    if (Records.length < READ_LIMIT) return read;
  }
}

const putBodies = (StreamName: string, { puts, recordsPerPut, recordBytes }: Shape): string[] =>
  Array.from({ length: puts }, (_, put) =>
    JSON.stringify({
      StreamName,
      Records: Array.from({ length: recordsPerPut }, (_, i) => ({
        PartitionKey: `user-${put * recordsPerPut + i}`,
        Data: Buffer.alloc(recordBytes, `event ${i} `).toString('base64'),
      })),
    }),
  );

async function inLanes<T>(items: readonly T[], send: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await send(item);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
}

async function measured(server: RunningServer, records: number, work: () => Promise<unknown>): Promise<Rate> {
  const cpu = await server.cpuUs();
  const startMs = systemClock.monotonicMs();
  await work();
  const ms = systemClock.monotonicMs() - startMs;
  return { perSecond: (records * 1_000) / ms, cpuUs: ((await server.cpuUs()) - cpu) / records };
}

interface RunningServer {
  /** The body of the answer; rejects when it is no success. */
  call(operation: string, params: object | string): Promise<string>;
  /** All that its process has taken. */
  cpuUs(): Promise<number>;
  stop(): Promise<void>;
}

async function startServer(order: ServerOrder): Promise<RunningServer> {
  const child = fork(join(__dirname, 'kinesis-server.ts')); // with this process's own options
  child.send(order);
  const port = await answerOf(child);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  return {
    call: (operation, params) => post({ port, agent }, operation, typeof params === 'string' ? params : JSON.stringify(params)),
    cpuUs() {
      child.send('cpu?');
      return answerOf(child);
    },
    async stop() {
      agent.destroy();
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  }; // prettier-ignore
}

const answerOf = async (child: ChildProcess): Promise<number> => ((await once(child, 'message')) as [number])[0];

/** What the bare emulator looks for in a signature: that there is one. */
const SIGNED = {
  authorization: 'AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c',
  'x-amz-date': '20260101T000000Z',
};

function post({ port, agent }: { port: number; agent: Agent }, operation: string, body: string): Promise<string> {
  const headers = {
    ...SIGNED,
    'content-type': 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(body),
    'x-amz-target': `Kinesis_20131202.${operation}`,
  };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const answer = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(answer);
        else reject(new Error(`${operation}: ${response.statusCode} ${answer}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
