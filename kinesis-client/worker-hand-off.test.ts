/** Hand-offs of whole workers: what record processors hear, and that nothing is processed by two of them. */
import { started, WorkerFleet } from '../test/worker-fleet';
import { short } from '../test/shard-world';
import type { RecordProcessor } from './shards/record-processor';

/** Checkpoints only when it is asked to stop: all that it got since it began would come again without that. */
const lateProcessor = (fleet: WorkerFleet, name: string, batchMs: number): RecordProcessor => ({
  initialize: async () => void fleet.heard.push(`${name}: initialize`),
  processRecords: async ({ records }) => {
    await fleet.clock.sleep(batchMs);
    for (const record of records) fleet.heard.push(`${name}: ${record.bytes}`);
  },
  leaseLost: async () => void fleet.heard.push(`${name}: leaseLost`),
  shardEnded: ({ checkpointer }) => checkpointer.checkpoint(),
  shutdownRequested: async ({ checkpointer }) => {
    fleet.heard.push(`${name}: shutdownRequested`);
    await checkpointer.checkpoint();
  },
});

const workerOf = (fleet: WorkerFleet, name: string, batchMs = 200) =>
  fleet.worker(name, { processorFactory: (shardId) => lateProcessor(fleet, `${name} ${short(shardId)}`, batchMs) });

describe('a worker that joins under load', () => {
  it('#22 processes no record that another has processed, when processors checkpoint in shutdownRequested', async () => {
    const fleet = new WorkerFleet(6);
    const put: string[] = [];
    const load = async (seconds: number): Promise<void> => {
      for (let i = 0; i < seconds * 2; i++) {
        for (const shardId of fleet.stream.shardIds) {
          const word = `${short(shardId)}x${put.length}`;
          put.push(word);
          fleet.stream.put(shardId, word);
        }
        await fleet.clock.advance(500);
      }
    };
    const [a, b, c] = [workerOf(fleet, 'a'), workerOf(fleet, 'b'), workerOf(fleet, 'c')];
    await started(fleet, a);
    await load(10);
    void b.start();
    await load(15);
    expect(fleet.holdings()).toEqual({ a: 3, b: 3 });
    void c.start();
    await load(15);
    expect(fleet.holdings()).toEqual({ a: 2, b: 2, c: 2 });
    const stopped = a.stop();
    await load(5);
    await stopped;
    await fleet.clock.advance(5_000);
    expect(fleet.holdings()).toEqual({ b: 3, c: 3 });

    expect([...fleet.records()].sort()).toEqual([...put].sort());
    const lost = fleet.heard.filter((line) => line.endsWith('leaseLost'));
    expect(fleet.heard.filter((line) => line.endsWith('shutdownRequested'))).toHaveLength(lost.length);
    expect(lost.length).toBe(3 + 2 + 2);
    await Promise.all([b.stop(), c.stop(), fleet.clock.advance(2_000)]);
    expect(fleet.fatal).toEqual([]);
  });

  it('does not wait for ever for a processor that is stuck: its shard goes over, and its later checkpoint is refused', async () => {
    const fleet = new WorkerFleet(2);
    const a = workerOf(fleet, 'a', 120_000);
    await started(fleet, a);
    for (const shardId of fleet.stream.shardIds) fleet.stream.put(shardId, 'x0');
    await fleet.clock.advance(2_000);
    const b = workerOf(fleet, 'b');
    const bStarted = b.start();
    await fleet.clock.advance(30_000);
    expect(fleet.holdings()).toEqual({ b: 1, a: 1 }); // promised, and still worked on
    expect(fleet.records()).toEqual([]);
    await fleet.clock.advance(15_000);
    await bStarted;
    expect(fleet.records()).toEqual(['x0']);
    await fleet.clock.advance(120_000);
    expect(fleet.records()).toEqual(['x0', 'x0', 'x0']);
    expect(fleet.heard.filter((line) => /^a .*leaseLost$/.test(line))).toHaveLength(1);
    await Promise.all([a.stop(), b.stop(), fleet.clock.advance(5_000)]);
    expect(fleet.fatal).toEqual([]);
  });
});
