/**
 * Where a test stops a call on its way through an emulator. The Kinesis, DynamoDB and S3 fronts ask `before` they apply
 * a call (its body is wholly received by then) and `after`, before they answer. A held call stays held when its client
 * has gone, so that a write can be applied late. Without a hold nothing is awaited but a resolved promise.
 */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Clock, systemClock } from '../runtime/clock';

/** One call as a front sees it. */
export interface Call {
  service: 'kinesis' | 'dynamodb' | 's3';
  /** The name in the service's API: UpdateItem, PutRecords, UploadPart, ... */
  operation: string;
  /** `stream`, `table/key` or `bucket/key`. */
  resource: string;
  /** What else a hold may look for: the JSON body as text; for S3 the query string. */
  detail?: string;
}

/** `drop`: destroy the socket. Before: the call is not applied. After: it is applied and its answer is lost. */
export type Verdict = 'go' | 'drop';

const holdSchema = z.strictObject({
  service: z.enum(['kinesis', 'dynamodb', 's3']),
  operation: z.string().min(1),
  /** Held only when the call's resource contains this text; likewise detail. */
  resource: z.string().optional(),
  detail: z.string().optional(),
  when: z.enum(['before', 'after']),
  /** How many matching calls pass first. */
  skip: z.number().int().min(0).default(0),
  /** How many are held at most; the others pass. */
  times: z.number().int().min(1).optional(),
});

/** Which calls to stop, and where. */
export type HoldRule = z.input<typeof holdSchema>;

interface Hold {
  readonly rule: HoldRule;
  seen: number;
  readonly held: ((verdict: Verdict) => void)[];
  /** Woken when a call is held or the hold is removed. */
  readonly watchers: Set<() => void>;
}

/** More at once are refused: a test that sets so many has lost count of them. */
export const holdsMax = 100;
/** The longest that one look at a hold waits, ms. */
const waitMsMax = 60_000;

const go: Promise<Verdict> = Promise.resolve('go');

export class Gate {
  private readonly holds = new Map<string, Hold>();
  private idsGiven = 0;

  constructor(private readonly clock: Clock = systemClock) {}

  /** No hold is set: a front may pass a call on without describing it. */
  get idle(): boolean {
    return this.holds.size === 0;
  }

  /** Asked when the call is received and not yet applied. */
  before(call: Call): Promise<Verdict> {
    return this.holds.size === 0 ? go : this.pass(call, 'before');
  }

  /** Asked when the call is applied and not yet answered. */
  after(call: Call): Promise<Verdict> {
    return this.holds.size === 0 ? go : this.pass(call, 'after');
  }

  /** Holds every matching call from now on, after `skip` of them, until `release`. Null: there are `holdsMax` already. */
  hold(rule: HoldRule): string | null {
    if (this.holds.size >= holdsMax) return null;
    const id = `hold-${++this.idsGiven}`;
    this.holds.set(id, { rule, seen: 0, held: [], watchers: new Set() });
    return id;
  }

  /** How many calls the hold holds, once there is one or `waitMs` have passed. Null: no such hold. */
  async held(id: string, waitMs = 0): Promise<number | null> {
    const hold = this.holds.get(id);
    if (!hold) return null;
    if (hold.held.length === 0 && waitMs > 0) await this.nextChange(hold, waitMs);
    return this.holds.has(id) ? hold.held.length : null;
  }

  /**
   * Removes the hold and lets its calls go on (`apply`) or lose their socket (`drop`). How many there were; null: no such
   * hold.
   */
  release(id: string, then: 'apply' | 'drop'): number | null {
    const hold = this.holds.get(id);
    if (!hold) return null;
    this.holds.delete(id);
    for (const letGo of hold.held) letGo(then === 'apply' ? 'go' : 'drop');
    for (const wake of hold.watchers) wake();
    return hold.held.length;
  }

  /** Drops all that is held, so that the fronts can close. */
  close(): void {
    for (const id of [...this.holds.keys()]) this.release(id, 'drop');
  }

  private async pass(call: Call, when: 'before' | 'after'): Promise<Verdict> {
    for (const [id, hold] of [...this.holds]) {
      if (!this.holds.has(id) || !matches(hold.rule, call, when)) continue;
      if (hold.seen++ < (hold.rule.skip ?? 0) || hold.held.length >= (hold.rule.times ?? Infinity)) continue;
      const verdict = await new Promise<Verdict>((resolve) => {
        hold.held.push(resolve);
        for (const wake of hold.watchers) wake();
      });
      if (verdict === 'drop') return 'drop';
    }
    return 'go';
  }

  private async nextChange(hold: Hold, waitMs: number): Promise<void> {
    const changed = new AbortController();
    const wake = (): void => changed.abort();
    hold.watchers.add(wake);
    await this.clock.sleep(waitMs, changed.signal);
    hold.watchers.delete(wake);
  }
}

function matches(rule: HoldRule, call: Call, when: 'before' | 'after'): boolean {
  return (
    rule.when === when &&
    rule.service === call.service &&
    rule.operation === call.operation &&
    call.resource.includes(rule.resource ?? '') &&
    (call.detail ?? '').includes(rule.detail ?? '')
  );
}

const waitSchema = z.strictObject({ waitMs: z.coerce.number().int().min(0).max(waitMsMax).default(0) });
const releaseSchema = z.strictObject({ then: z.enum(['apply', 'drop']) });

/**
 * The gate over HTTP, for tests that run the emulators as a process of their own:
 * `POST /holds` (a HoldRule) → `{ id }`; `GET /holds/:id?waitMs=N` → `{ held }`, as soon as one is held;
 * `DELETE /holds/:id?then=apply|drop` → `{ released }`. 400 with a sentence, 404 for an unknown hold, 429 above `holdsMax`.
 */
export function registerGateRoutes(admin: FastifyInstance, gate: Gate): void {
  const notFound = { error: 'no such hold' };
  admin.post('/holds', (request, reply) => {
    const rule = holdSchema.safeParse(request.body);
    if (!rule.success) return reply.code(400).send({ error: z.prettifyError(rule.error) });
    const id = gate.hold(rule.data);
    return id === null ? reply.code(429).send({ error: `there are ${holdsMax} holds already` }) : reply.send({ id });
  });
  admin.get<{ Params: { id: string } }>('/holds/:id', async (request, reply) => {
    const query = waitSchema.safeParse(request.query);
    if (!query.success) return reply.code(400).send({ error: z.prettifyError(query.error) });
    const held = await gate.held(request.params.id, query.data.waitMs);
    return held === null ? reply.code(404).send(notFound) : reply.send({ held });
  });
  admin.delete<{ Params: { id: string } }>('/holds/:id', (request, reply) => {
    const query = releaseSchema.safeParse(request.query);
    if (!query.success) return reply.code(400).send({ error: z.prettifyError(query.error) });
    const released = gate.release(request.params.id, query.data.then);
    return released === null ? reply.code(404).send(notFound) : reply.send({ released });
  });
}
