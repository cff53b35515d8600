/**
 * The promise itself, in memory: whatever dies, stalls or fails wherever, each output is in S3 exactly once. A processor of
 * this test stands for the enricher: a record's bytes are the id of the event that it becomes.
 */
import { defaultsOf } from '../test/default-settings';
import { VirtualClock } from '../runtime/virtual-clock';
import { FakeS3Store } from '../test/fake-s3-store';
import { fakeRecord, FakeShard, type ShardOwner } from '../test/fake-shard';
import { StopShard, type ClientRecord, type RecordProcessorV2 } from '../kinesis-client';
import { FlotillaError } from '../runtime/errors';
import { silentLogger } from '../runtime/log';
import { createMetrics } from '../runtime/metrics';
import { seededRandom } from '../runtime/random';
import { recoverCommit } from './recover-commit';
import { s3Fields, type S3Settings } from './s3/config';
import { createS3Sink } from './s3/s3-sink';
import { createS3Telemetry } from './s3/telemetry';
import { ShardBatches } from './shard-batches';
import type { AcknowledgingSink, Sinks } from './sink';
import { createSinksTelemetry } from './telemetry';

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Eight Kinesis records, the third and the sixth with three user records: twelve events, in two hours. */
const stream: readonly ClientRecord[] = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((sequenceNumber) =>
  (sequenceNumber % 3 === 0 ? [0, 1, 2] : [0]).map((sub) =>
    fakeRecord(100 + sequenceNumber, Buffer.from(id(sequenceNumber * 10 + sub)), sub),
  ),
);
const everyId = stream.map((record) => record.bytes.toString()).sort();

/** A world with one bucket, one shard and one list of effects. `owner()` is a process that has just won the lease. */
function world(change: Partial<S3Settings> = {}, acknowledging: readonly AcknowledgingSink[] = []) {
  const clock = new VirtualClock();
  const store = new FakeS3Store();
  const effects = store.requests;
  const shard = new FakeShard(stream, effects);
  const fatal: unknown[] = [];
  let boots = 0;

  function owner(): { owner: ShardOwner; processor: RecordProcessorV2 } {
    const random = seededRandom(++boots);
    const settings = {
      ...defaultsOf(s3Fields),
      batchRecordsMax: 4,
      backoffMinMs: 1,
      backoffMaxMs: 1,
      uploadParallel: 1,
      ...change,
    };
    const telemetry = createSinksTelemetry(createMetrics(), silentLogger);
    const s3 = createS3Sink({
      store,
      settings,
      application: 'test',
      clock,
      random,
      telemetry: createS3Telemetry(createMetrics(), silentLogger),
    });
    const sinks: Sinks = { committing: [s3], acknowledging };
    const name = { streamName: 'raw', shardId: shard.shardId };
    const retries = { clock, random, backoff: { minMs: 1, maxMs: 1 } };
    let batches: ShardBatches | null = null;
    const processor: RecordProcessorV2 = {
      pending: true,
      async initialize({ checkpointer, pending, sequenceNumber, subSequenceNumber }) {
        const environment = { shard: name, checkpointer, retries, telemetry };
        const from = pending
          ? await recoverCommit(pending, sinks.committing, environment, checkpointer.ended)
          : { sequenceNumber, subSequenceNumber };
        if (from === 'lost') return;
        const onFatal = (error: unknown): number => fatal.push(error);
        batches = new ShardBatches({ ...environment, sinks, limits: settings, from, onFatal });
      },
      async processRecords({ records }) {
        for (const [index, record] of records.entries()) {
          if (records[index + 1]?.sequenceNumber === record.sequenceNumber) continue;
          const outputs = records
            .filter((one) => one.sequenceNumber === record.sequenceNumber)
            .map(({ bytes }) => {
              const hour = Number(String(bytes).slice(-1)) === 1 ? '01' : '00';
              const event = { event_id: String(bytes), collector_tstamp: `2026-01-01 ${hour}:00:00.000` };
              return { kind: 'enriched', event } as const;
            });
          await batches?.add(outputs, { ...record, arrivalMs: record.approximateArrivalTimestamp });
        }
      },
      shardEnded: () => batches?.commitAll('shard-end'),
      shutdownRequested: () => batches?.commitAll('shutdown'),
      leaseLost: () => batches?.drop(),
    };
    return { owner: shard.take(), processor };
  }

  /** Lets virtual time and real threads (gzip) go on until it is true; fails loudly when that never happens. */
  async function until(isTrue: () => boolean): Promise<void> {
    for (let turns = 0; !isTrue(); turns++) {
      if (turns > 5_000) throw new Error(`waited in vain; effects so far: ${effects.join(', ')}`);
      await clock.advance(5);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Runs an owner until its shard ends, or something stops it: it is held in a request for ever, failed, or starts again. */
  async function live({ owner: one, processor } = owner(), ends: 'end' | 'stop' = 'end'): Promise<'ended' | 'stuck'> {
    let ended = false;
    heldRequests = 0;
    const failures = fatal.length;
    void (async () => {
      await one.initialize(processor);
      await one.deliver(processor);
      await one[ends](processor);
      ended = true;
    })().catch((error: unknown) => fatal.push(error));
    await until(() => ended || heldRequests > 0 || fatal.length > failures || one.restartRequested);
    return ended ? 'ended' : 'stuck';
  }

  /** A hook: the request waits until `letGo`; for ever is what it looks like when the process dies. */
  let heldRequests = 0;
  let letGo: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (letGo = resolve));
  const hold = (): Promise<void> => {
    heldRequests++;
    return opened;
  };

  const ids = (): string[] =>
    store
      .lines()
      .map((line) => (JSON.parse(line) as { event_id: string }).event_id)
      .sort();

  /** The n-th request of all from now on is where `what` happens; later ones too when it says so. */
  function at(n: number, when: 'before' | 'after', what: (request: string) => Promise<void> | void): () => number {
    let count = 0;
    const hook = (request: string): Promise<void> | void => {
      if (++count >= n) return what(request);
    };
    store[when] = hook;
    shard[when] = hook;
    return () => count;
  }
  function undisturbed(): void {
    for (const when of ['before', 'after'] as const) {
      store[when] = () => undefined;
      shard[when] = () => undefined;
    }
  }
  return { clock, store, shard, effects, fatal, owner, live, until, hold, letGo: () => letGo(), ids, at, undisturbed };
}

function expectExactlyOnce({ ids, shard, fatal }: Pick<ReturnType<typeof world>, 'ids' | 'shard' | 'fatal'>): void {
  expect(ids()).toEqual(everyId);
  expect(shard.row).toMatchObject({ checkpoint: { sequenceNumber: 'SHARD_END' }, pending: undefined });
  expect(shard.chain.map(({ from }) => from)).toEqual([
    'TRIM_HORIZON',
    ...shard.chain.slice(0, -1).map(({ to }) => to),
  ]);
  expect(fatal).toEqual([]);
}

const kindOf = (effect: string): string => effect.split(' ')[0] as string;

describe('one batch', () => {
  test('is uploaded, planned, prepared, completed and committed, in this order', async () => {
    const { live, effects, shard } = world({ batchRecordsMax: 100 });
    await live();
    expect(effects.map((effect) => effect.replace(/ enriched.*-(\d).jsonl.gz$/, ' file $1'))).toEqual([
      'CreateMultipartUpload file 0',
      'UploadPart file 0',
      'CreateMultipartUpload file 1',
      'UploadPart file 1',
      'PutObject _commits/test/raw/shardId-000000000000/101-108.json',
      'prepare SHARD_END',
      'GetObject _commits/test/raw/shardId-000000000000/101-108.json',
      'CompleteMultipartUpload file 0',
      'CompleteMultipartUpload file 1',
      'commit SHARD_END',
    ]);
    expect(shard.row.checkpoint.sequenceNumber).toBe('SHARD_END');
  });

  test('ends only at the end of a Kinesis record, wherever the limit falls', async () => {
    const one = world({ batchRecordsMax: 1 });
    await one.live();
    expectExactlyOnce(one);
    expect(one.shard.chain.map(({ to }) => to)).toEqual([
      '101',
      '102',
      '103',
      '104',
      '105',
      '106',
      '107',
      '108',
      'SHARD_END',
    ]);
    expect(one.shard.row.checkpoint.subSequenceNumber).toBe(0);
  });

  test('stores the last sub-sequence number of an aggregate', async () => {
    const one = world({ batchRecordsMax: 5 });
    const { owner, processor } = one.owner();
    await one.live({ owner, processor }, 'stop');
    expect(one.effects.filter((effect) => /^(prepare|commit)/.test(effect))).toEqual(
      ['103', '106', '108'].flatMap((to) => [`prepare ${to}`, `commit ${to}`]),
    );
    expect(one.store.objects.get('_commits/test/raw/shardId-000000000000/101-103.json')?.body.toString()).toContain(
      '"to":{"sequenceNumber":"103","subSequenceNumber":2}',
    );
  });

  test('that grows old while a Kinesis record is being added ends after it', async () => {
    const one = world({ batchRecordsMax: 100, batchAgeMs: 1, memberBytes: 1 }); // each line waits for gzip
    await one.live();
    expectExactlyOnce(one);
    expect(one.shard.chain.length).toBeGreaterThan(3);
  });

  test('without outputs is a plain checkpoint and writes no file', async () => {
    const { shard, store, owner, live } = world();
    const { owner: one, processor } = owner();
    const silent = { ...processor, processRecords: () => undefined };
    await live({ owner: one, processor: silent });
    expect([store.objects.size, shard.row.checkpoint.sequenceNumber]).toEqual([0, 'SHARD_END']);
  });

  test('of an idle shard is committed by its age', async () => {
    const { clock, owner, ids, shard, until } = world({ batchRecordsMax: 100, batchAgeMs: 60_000 });
    const { owner: one, processor } = owner();
    await one.initialize(processor);
    await one.deliver(processor);
    await clock.advance(59_999);
    expect([ids(), shard.row.checkpoint.sequenceNumber]).toEqual([[], 'TRIM_HORIZON']);
    await clock.advance(1);
    await until(() => shard.chain.length > 0);
    expect([ids(), shard.row.checkpoint.sequenceNumber]).toEqual([everyId, '108']);
    await one.lose(processor);
    expect(clock.sleeping).toBe(0);
  });
});

describe('while one batch is being committed', () => {
  test('the next one is collected, but never a third: the stream waits', async () => {
    const one = world({ batchRecordsMax: 1 });
    const { owner, processor } = one.owner();
    one.store.before = (request) => (request.startsWith('CompleteMultipartUpload') ? one.hold() : undefined);
    await one.live({ owner, processor });
    for (let i = 0; i < 20; i++) await one.clock.advance(5);
    expect(one.effects.filter((effect) => effect.startsWith('CreateMultipartUpload')).length).toBe(1);
    expect(one.shard.row.pending?.sequenceNumber).toBe('101');
  });
});

describe('a process that dies', () => {
  const steps = async (): Promise<number> => {
    const whole = world();
    await whole.live();
    return whole.effects.length;
  };

  test.each(['before', 'after'] as const)(
    '%s any request leaves a shard that the next owner finishes',
    async (when) => {
      const all = await steps();
      for (let n = 1; n <= all; n++) {
        const one = world();
        one.at(n, when, one.hold);
        expect(await one.live()).toBe('stuck');
        one.undisturbed();
        expect(await one.live()).toBe('ended');
        expectExactlyOnce(one);
      }
    },
    30_000,
  );

  test('during the recovery too leaves a shard that the third owner finishes', async () => {
    for (let n = 7; n <= 13; n++) {
      for (let m = 1; m <= 6; m++) {
        const one = world();
        one.at(n, 'after', one.hold);
        await one.live();
        one.undisturbed();
        one.at(m, m % 2 === 0 ? 'before' : 'after', one.hold);
        await one.live();
        one.undisturbed();
        expect(await one.live()).toBe('ended');
        expectExactlyOnce(one);
      }
    }
  }, 30_000);
});

describe('a process that stalls', () => {
  test('at any request and goes on when the next owner is done changes nothing', async () => {
    const whole = world();
    await whole.live();
    for (let n = 1; n <= whole.effects.length; n++) {
      const one = world();
      one.at(n, 'before', one.hold);
      const first = one.owner();
      await one.live(first);
      one.undisturbed();
      expect(await one.live()).toBe('ended');
      const files = [...one.store.objects];
      one.letGo();
      await one.clock.advance(50);
      await first.owner.lose(first.processor); // resolves when whatever it was doing has ended
      expectExactlyOnce(one);
      expect([...one.store.objects].slice(0, files.length)).toEqual(files);
      expect(one.store.keys().length).toBe(files.filter(([key]) => !key.startsWith('_commits')).length);
    }
  }, 30_000);
});

describe('a shard that is lost', () => {
  test('before prepare was sent: its uploads are aborted', async () => {
    const one = world();
    one.store.before = (request) => (request.startsWith('PutObject') ? one.hold() : undefined);
    const { owner, processor } = one.owner();
    await one.live({ owner, processor });
    expect(one.store.uploads.size).toBeGreaterThan(0);
    const losing = owner.lose(processor);
    one.letGo();
    await losing;
    expect(one.store.uploads.size).toBe(0);
    expect(one.effects.some((effect) => effect.startsWith('prepare'))).toBe(false);
  });

  test('after prepare was sent: its uploads belong to the row, and are still there for the next owner', async () => {
    for (const where of ['prepare', 'CompleteMultipartUpload', 'commit']) {
      for (const when of ['before', 'after'] as const) {
        const one = world();
        const held = (request: string): Promise<void> | void => (request.startsWith(where) ? one.hold() : undefined);
        one.store[when] = held;
        one.shard[when] = held;
        const first = one.owner();
        await one.live(first);
        const losing = first.owner.lose(first.processor);
        one.undisturbed();
        one.letGo();
        await one.clock.advance(10);
        await losing;
        expect(one.effects.filter((effect) => effect.startsWith('Abort'))).toEqual([]);
        expect(await one.live()).toBe('ended');
        expectExactlyOnce(one);
      }
    }
  });
});

describe('a failing upload', () => {
  test('gives the batch up before prepare, throws its uploads away and starts the shard again', async () => {
    const one = world();
    one.store.before = (request) => {
      if (request.startsWith('UploadPart')) throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'S3 is down');
    };
    const { owner, processor } = one.owner();
    await one.live({ owner, processor });
    await owner.lose(processor);
    expect([owner.restartRequested, one.store.uploads.size, one.shard.row.pending]).toEqual([true, 0, undefined]);
    one.undisturbed();
    await one.live();
    expectExactlyOnce(one);
  });

  test('that S3 refuses for good ends the process', async () => {
    const one = world();
    one.store.before = (request) => {
      if (request.startsWith('UploadPart')) throw new FlotillaError('FLOTILLA_AWS_REFUSED', 'no permission');
    };
    await one.live();
    expect(one.fatal).toEqual([expect.objectContaining({ code: 'FLOTILLA_AWS_REFUSED' })]);
    expect(one.shard.row.pending).toBeUndefined();
  });
});

describe('completing', () => {
  test('is repeated after answers that nobody understands', async () => {
    const one = world();
    const complete = one.store.completeUpload.bind(one.store);
    let asked = 0;
    one.store.completeUpload = async (upload, parts) => {
      if (++asked % 3 === 0) await complete(upload, parts); // applied, and the answer is lost
      return asked % 4 === 0 ? complete(upload, parts) : { kind: 'unclear', reason: 'a 200 with an error in its body' };
    };
    await one.live();
    expectExactlyOnce(one);
  });

  test('an upload that vanished is looked for, then the shard stops with its pending checkpoint kept', async () => {
    const one = world({ vanishedAfterMs: 1_000 });
    one.shard.after = (request) => {
      if (request.startsWith('prepare')) one.store.uploads.clear();
    };
    const { owner, processor } = one.owner();
    await one.live({ owner, processor });
    expect(one.clock.monotonicMs()).toBeGreaterThanOrEqual(1_000);
    expect([owner.restartRequested, one.fatal]).toEqual([true, []]);
    await one.live();
    expect(one.fatal).toEqual([expect.any(StopShard)]);
    expect(one.shard.row.pending?.sequenceNumber).toBe('103');
    expect(one.ids()).toEqual([]);
  });

  test('a file of somebody else with that name stops the shard', async () => {
    const one = world();
    one.shard.after = (request) => {
      const [upload] = one.store.uploads.values();
      if (request.startsWith('prepare') && upload)
        one.store.objects.set(upload.key, { body: Buffer.alloc(0), batchId: undefined });
    };
    await one.live();
    await one.live();
    expect(one.fatal).toEqual([expect.any(StopShard)]);
    expect(one.shard.isPending).toBe(true);
  });

  test('what cannot be completed stops a shard also when no record comes any more', async () => {
    const one = world({ vanishedAfterMs: 1_000, batchAgeMs: 2_000, batchRecordsMax: 100 });
    one.shard.after = (request) => {
      if (request.startsWith('prepare')) one.store.uploads.clear();
    };
    const { owner, processor } = one.owner();
    await owner.initialize(processor);
    await owner.deliver(processor);
    await one.until(() => owner.restartRequested); // the timer ended the batch; the client starts the shard again
    const next = one.owner();
    void next.owner.initialize(next.processor).catch((error: unknown) => one.fatal.push(error));
    await one.until(() => one.fatal.length > 0);
    expect(one.fatal).toEqual([expect.any(StopShard)]);
  });
});

describe('a pending checkpoint of an earlier owner', () => {
  const prepared = async () => {
    const one = world();
    one.shard.after = (request) => (request.startsWith('prepare') ? one.hold() : undefined);
    await one.live();
    one.undisturbed();
    return one;
  };

  test('is committed before anything is read', async () => {
    const one = await prepared();
    const before = one.effects.length;
    await one.live();
    expect(one.effects.slice(before).map(kindOf).indexOf('commit')).toBeLessThan(
      one.effects.slice(before).map(kindOf).indexOf('CreateMultipartUpload'),
    );
    expectExactlyOnce(one);
  });

  test.each([
    [
      'whose plan was written over',
      (one: ReturnType<typeof world>) =>
        one.store.objects.set(planOf(one), { body: Buffer.from('{}'), batchId: undefined }),
    ],
    ['whose plan is gone', (one: ReturnType<typeof world>) => one.store.objects.delete(planOf(one))],
    ['of a version of tomorrow', (one: ReturnType<typeof world>) => setState(one, '{"version":2,"sinks":{}}')],
    [
      'with a sink that is not set up',
      (one: ReturnType<typeof world>) => setState(one, '{"version":1,"sinks":{"kafka":{}}}'),
    ],
    ['of somebody who is not Flotilla', (one: ReturnType<typeof world>) => setState(one, 'anything')],
  ])('%s stops the shard, nothing is read, nothing is lost', async (_what, spoil) => {
    const one = await prepared();
    spoil(one);
    const before = one.effects.length;
    await one.live();
    expect(one.fatal).toEqual([expect.any(StopShard)]);
    expect(one.effects.slice(before).filter((effect) => !effect.startsWith('GetObject'))).toEqual([]);
    expect(one.shard.isPending).toBe(true);
  });

  const planOf = (one: ReturnType<typeof world>): string =>
    [...one.store.objects.keys()].find((key) => key.startsWith('_commits')) as string;
  const setState = (one: ReturnType<typeof world>, text: string): void => {
    one.shard.row.pending = { ...(one.shard.row.pending as object), state: Buffer.from(text) } as never;
  };
});

describe('a second, acknowledging sink', () => {
  test('has acknowledged everything of the batch before prepare is sent', async () => {
    const written: string[] = [];
    const other: AcknowledgingSink = {
      name: 'stream',
      open: () => ({
        add: (output) => void (output.kind === 'enriched' && written.push(output.event.event_id as string)),
        acknowledged: () => one.hold(),
      }),
    };
    const one = world({ batchRecordsMax: 100 }, [other]);
    expect(await one.live()).toBe('stuck');
    await one.until(() => one.effects.some((effect) => effect.startsWith('PutObject')));
    await one.clock.advance(1_000);
    expect(one.effects.filter((effect) => /^(prepare|commit|Complete)/.test(effect))).toEqual([]);
    expect([...written].sort()).toEqual(everyId);
    one.letGo();
    await one.until(() => one.shard.chain.length > 0);
    expectExactlyOnce(one);
  });

  test('that fails gives the batch up: uploads are aborted and the shard starts again', async () => {
    const other: AcknowledgingSink = {
      name: 'stream',
      open: () => ({
        add: () => undefined,
        acknowledged: () => Promise.reject(new FlotillaError('FLOTILLA_UNAVAILABLE', 'down')),
      }),
    };
    const one = world({}, [other]);
    const { owner, processor } = one.owner();
    await one.live({ owner, processor });
    expect([owner.restartRequested, one.store.uploads.size, one.shard.isPending]).toEqual([true, 0, false]);
  });
});
