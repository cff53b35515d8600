import { silentLogger } from '../../runtime/log';
import { createMetrics } from '../../runtime/metrics';
import { seededRandom } from '../../runtime/random';
import { VirtualClock } from '../../runtime/virtual-clock';
import { aLease } from '../../test/lease-builders';
import { InMemoryLeaseTable } from './in-memory-lease-table';
import type { Lease } from './lease';
import { renewal, taking, type LeaseWrite } from './lease-writes';
import { settleWrite, type Settled } from './settle-write';
import { createLeaseTelemetry } from './telemetry';

const held = aLease('shard-0', { leaseOwner: 'me', leaseCounter: 7n });

/** What becomes of the write, and when it was sent; the row stands as given. */
async function settle(write: LeaseWrite, row: Lease, lost = 0): Promise<Settled> {
  const clock = new VirtualClock();
  const table = new InMemoryLeaseTable([row]);
  let left = lost;
  table.fault = ({ operation }) => (operation === 'write' && left-- > 0 ? 'lose' : undefined);
  const settled = settleWrite(write, {
    ...{ table, clock, random: seededRandom(1), retryMaxMs: 100, answerTimeoutMs: 2_000 },
    signal: new AbortController().signal,
    isWorthTrying: () => true,
    onRetry: createLeaseTelemetry(createMetrics(), silentLogger).writeRetried,
  });
  await clock.advance(10_000);
  return settled;
}

describe('a write that was refused', () => {
  it('#2 was applied when the row stands as it would leave it, and trust counts from its first request', async () => {
    expect(await settle(renewal(held), held, 3)).toEqual({ kind: 'written', sentMs: 0, lease: renewal(held).after });
  });

  it('was not applied when another worker moved the counter', async () => {
    const row = taking(held, 'you', 0).after;
    expect(await settle(renewal(held), row)).toEqual({ kind: 'refused', row });
  });

  it('was no take, although the row stands as a take would leave it: an earlier holding of this worker may have done that', async () => {
    const row = renewal(held).after;
    expect(await settle(taking(held, 'me', 0), row)).toEqual({ kind: 'refused', row });
  });
});
