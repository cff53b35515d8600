/**
 * What a chaos run does to processes: kills and restarts them, lets them stand still, and splits or merges their shards. Three
 * faults are aimed. A kill while commits are prepared and cannot be completed: a later owner must finish them, and when the
 * killed worker is back and asks for its share, nobody can hand over in time, so that it takes leases by force from owners
 * who still write. A kill of all whose lease writes are still on their way and arrive when others have the leases: they must
 * be refused. And a stall while lease writes are unsettled, which others then find applied or not.
 */
import type { Clock } from '../../runtime/clock';
import type { Random } from '../../runtime/random';
import type { FaultRule } from '../faults/fault-rule';
import type { ProcessFault } from './fault-cards';
import { LEASE_MS, LEASE_TABLE, RAW_STREAM, type Fleet } from './fleet';
import type { FleetProcess } from './fleet-process';
import { reshard } from './reshard';

/** How long to wait until an aimed fault has calls to strike. */
const AIM_MS = 3_000;
const AIM_POLL_MS = 50;
/** Until the leases of killed workers have expired and others have taken them. */
const LATE_MS = 3 * LEASE_MS;
/** Until the killed worker has asked for leases and waited for them. */
const COMMITS_HELD_MS = 2.5 * LEASE_MS;

/** Nothing that is prepared becomes visible. */
const noCompletes: FaultRule = { kind: 'freeze', service: 's3', operations: ['CompleteMultipartUpload'] };
/** No lease write gets through. */
const noLeaseWrites: FaultRule = { kind: 'reset', service: 'dynamodb', operations: ['UpdateItem'] };

/** What came of a fault: null when it met nothing. */
type Effect = string | null;

export class ProcessStrikes {
  private readonly stalled = new Set<FleetProcess>();
  private readonly waking: Promise<void>[] = [];

  constructor(
    private readonly fleet: Fleet,
    private readonly clock: Clock,
  ) {}

  async strike(fault: ProcessFault, random: Random): Promise<Effect> {
    if (fault.act === 'reshard') return this.reshard(fault.shards);
    const awake = this.fleet.of(fault.service).filter((one) => !this.stalled.has(one));
    const victim = awake[random.integer(awake.length)];
    if (victim === undefined) return null;
    switch (fault.act) {
      case 'kill':
        victim.signal('SIGKILL');
        return victim.name;
      case 'restart':
        victim.signal('SIGTERM');
        return victim.name;
      case 'kill-in-commit': {
        const calls = await this.during(noCompletes, async () => {
          victim.signal('SIGKILL');
          await this.clock.sleep(COMMITS_HELD_MS);
        });
        return calls === 0 ? null : `${victim.name}, ${calls} completes under way`;
      }
      case 'kill-all-late':
        return this.killAllLate();
      case 'stall':
        this.stall(victim, fault.forMs);
        return `${victim.name}, ${seconds(fault.forMs)}`;
      case 'stall-in-write': {
        const calls = await this.during(noLeaseWrites, async () => this.stall(victim, fault.forMs));
        return calls === 0 ? null : `${victim.name}, ${seconds(fault.forMs)}, ${calls} lease writes lost before`;
      }
    }
  }

  /** Resolves when all that stood still goes on, and all that was to be counted is. */
  async end(): Promise<void> {
    await Promise.all(this.waking);
  }

  /** What they wrote last arrives when their successors have taken over. */
  private async killAllLate(): Promise<Effect> {
    const { faults, facts } = this.fleet;
    let id: string | undefined;
    const struck = await this.during(
      { kind: 'late', service: 'dynamodb', operations: ['UpdateItem'], resource: LEASE_TABLE, afterMs: LATE_MS },
      async (fault) => {
        id = fault;
        for (const one of this.fleet.of('enricher')) if (!this.stalled.has(one)) one.signal('SIGKILL');
      },
    );
    const fault = id;
    if (fault === undefined || struck === 0) return null;
    const count = async (): Promise<void> => {
      await this.clock.sleep(LATE_MS + 1_000);
      facts.fencedWrites += await faults.get(fault).then(({ refused }) => refused, () => 0); // prettier-ignore
    };
    this.waking.push(count());
    return `${struck} writes on their way`;
  }

  private stall(victim: FleetProcess, forMs: number): void {
    this.stalled.add(victim);
    victim.signal('SIGSTOP');
    const wake = async (): Promise<void> => {
      await this.clock.sleep(forMs);
      victim.signal('SIGCONT');
      this.stalled.delete(victim);
    };
    this.waking.push(wake());
  }

  /**
   * Acts when the rule has struck as many calls as there are enrichers, or some and the time is over; resolves to how many. 0: it
   * struck none, and nothing was done.
   */
  private async during(rule: FaultRule, act: (id: string) => Promise<void>): Promise<number> {
    const { faults } = this.fleet;
    const id = await faults.add(rule).catch(() => null);
    if (id === null) return 0;
    const wanted = this.fleet.of('enricher').length;
    const deadlineMs = this.clock.monotonicMs() + AIM_MS;
    let struck = 0;
    while (struck < wanted && this.clock.monotonicMs() < deadlineMs) {
      await this.clock.sleep(AIM_POLL_MS);
      struck = (await faults.all().catch(() => [])).find((fault) => fault.id === id)?.struck ?? 0;
    }
    if (struck > 0) await act(id);
    await faults.remove(id).catch(() => null); // the emulators were killed meanwhile: the rule is gone with them
    return struck;
  }

  private async reshard(shards: number): Promise<Effect> {
    const kinesis = this.fleet.kinesis();
    try {
      const { from, to } = await reshard(kinesis, RAW_STREAM, shards);
      return `from ${from} shards to ${to}`;
    } catch {
      return null; // one of the other faults met the call
    } finally {
      kinesis.destroy();
    }
  }
}

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
