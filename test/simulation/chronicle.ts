/**
 * Writes down what happens in a simulated fleet and has every event judged. It keeps the newest lines of each shard for whoever
 * must understand a violation, counts what happened, so that a run in which nothing happened is seen, and a hash of all lines,
 * by which two runs are known to be the same.
 */
import { createHash } from 'node:crypto';
import type { Checkpoint } from '../../kinesis-client/leases/lease';
import type { SimulationEvent, Violation } from './events';
import type { FactsOptions } from './facts';
import { Invariants } from './invariants';
import { rowChange } from './row-change';

const LINES_KEPT = 30;

/** A violation, with when it was and what came before it. */
export interface ReportedViolation extends Violation {
  /** Virtual time. */
  readonly atMs: number;
  /** The newest lines of the shard it concerns; of all when it concerns none. */
  readonly lines: readonly string[];
}

export interface ChronicleOptions {
  /** Hears every line. */
  readonly onLine?: (line: string) => void;
  /** Names of invariants that are not asked. */
  readonly ignoring?: readonly string[];
}

export class Chronicle {
  readonly counts = new Map<string, number>();
  violation: ReportedViolation | null = null;
  private readonly invariants: Invariants;
  private readonly onLine: (line: string) => void;
  private readonly hash = createHash('sha256');
  private readonly kept = new Map<string, string[]>();
  private lines = 0;

  constructor(
    options: FactsOptions,
    private readonly nowMs: () => number,
    { onLine = () => undefined, ignoring }: ChronicleOptions = {},
  ) {
    this.onLine = onLine;
    this.invariants = new Invariants(options, ignoring);
  }

  get facts(): Invariants['facts'] {
    return this.invariants.facts;
  }

  get events(): number {
    return this.lines;
  }

  /** Of all lines until now. */
  digest(): string {
    return this.hash.copy().digest('hex');
  }

  /** Something that the world did or met; it is counted, and not judged. */
  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  /** After the first violation nothing is judged any more: what follows is its consequence. */
  note(happening: WithoutTime<SimulationEvent>): void {
    if (this.violation !== null) return;
    const event = { ...happening, atMs: this.nowMs() } as SimulationEvent;
    const shardId = this.shardOf(event);
    const line = `${(event.atMs / 1_000).toFixed(3)} ${this.print(event)}`;
    this.write(line, shardId);
    this.count(countedAs(event));
    const violation = this.invariants.check(event);
    if (violation === null) return;
    const lines = this.kept.get(shardId ?? '') ?? [];
    this.violation = { ...violation, atMs: event.atMs, lines: [...lines] };
  }

  private write(line: string, shardId: string | undefined): void {
    this.lines++;
    this.hash.update(`${line}\n`);
    this.onLine(line);
    // What concerns no shard in particular (a process that stops) concerns all.
    for (const key of new Set(shardId === undefined ? [...this.kept.keys(), ''] : [shardId, ''])) {
      const kept = this.kept.get(key) ?? [];
      kept.push(line);
      if (kept.length > LINES_KEPT) kept.shift();
      this.kept.set(key, kept);
    }
  }

  private shardOf(event: SimulationEvent): string | undefined {
    if ('shardId' in event) return event.shardId;
    if ('leaseKey' in event) return event.leaseKey;
    return 'life' in event ? this.facts.lives.get(event.life).shardId : undefined;
  }

  private print(event: SimulationEvent): string {
    switch (event.kind) {
      case 'shardOpened':
        return `${event.shardId} opens after ${event.parentShardIds.join(', ') || 'nothing'}`;
      case 'shardClosed':
        return `${event.shardId} closes for ${event.childShardIds.join(', ')}`;
      case 'recordPut':
        return `${event.shardId} gets ${range(event.positions)}`;
      case 'process':
        return `${event.process} is ${event.became}`;
      case 'writeSent':
        return `${event.process} sends a ${event.isTake ? 'take' : 'write'} of ${event.leaseKey}`;
      case 'rowChanged': {
        const { process, leaseKey, before, after, sentMs } = event;
        const change = rowChange(process, before, after);
        const lateMs = event.atMs - sentMs;
        return `row of ${leaseKey} ${change} by ${process}${lateMs > 1_000 ? ` (sent ${lateMs} ms ago)` : ''}: ${row(after)}`;
      }
      case 'iteratorAsked':
        return `${event.process} opens ${event.shardId} at ${Object.values(event.position).join(' ')}`;
      case 'recordsRead':
        return `${this.lifeOf(event.life)} has read up to ${event.last}`;
      case 'lifeBegan':
        return `${event.process} begins life ${event.life} of ${event.shardId} at ${at(event.checkpoint)}${event.pending === undefined ? '' : `, ${at(event.pending.checkpoint)} pending`}`;
      case 'called':
        return `${this.lifeOf(event.life)} is called ${event.callback} ${range(event.records ?? [])}`;
      case 'returned':
        return `${this.lifeOf(event.life)} ${event.failed ? 'fails in' : 'returns from'} ${event.callback}`;
      case 'told':
        return `${this.lifeOf(event.life)} is told that it is over`;
      case 'asked':
        return `${this.lifeOf(event.life)} asks for ${event.request.kind} ${at(event.request.to)}`;
      case 'answered':
        return `${this.lifeOf(event.life)} hears of ${event.request.kind} ${at(event.request.to)}: ${event.error ?? 'done'}`;
      case 'madeVisible':
        return `${event.outputs.length} outputs of ${event.shardId} become visible`;
      case 'acknowledged':
        return `${event.outputs.length} outputs of ${event.shardId} are acknowledged`;
      case 'thrownAway':
        return `an upload of ${event.shardId} is thrown away`;
      case 'failed':
        return `${event.process ?? 'the world'} fails: ${event.message}`;
    }
  }

  private lifeOf(life: number): string {
    const { process, shardId } = this.facts.lives.get(life);
    return `life ${life} (${process}, ${shardId})`;
  }
}

/** An event before its time is known. */
export type WithoutTime<E> = E extends unknown ? Omit<E, 'atMs'> : never;

function countedAs(event: SimulationEvent): string {
  switch (event.kind) {
    case 'rowChanged':
      return `row ${rowChange(event.process, event.before, event.after)}`;
    case 'process':
      return `process ${event.became}`;
    case 'called':
      return `called ${event.callback}`;
    case 'returned':
      return event.failed ? `failed ${event.callback}` : 'returned';
    case 'answered':
      return event.error === null ? `${event.request.kind} done` : `${event.request.kind} refused: ${event.error}`;
    default:
      return event.kind;
  }
}

const at = ({ sequenceNumber, subSequenceNumber }: Checkpoint): string =>
  subSequenceNumber === 0 ? sequenceNumber : `${sequenceNumber}/${subSequenceNumber}`;

function range(positions: readonly Checkpoint[]): string {
  const [first, last] = [positions[0], positions.at(-1)];
  if (first === undefined || last === undefined) return '';
  return first === last ? at(first) : `${at(first)}..${at(last)}`;
}

function row(lease: (SimulationEvent & { kind: 'rowChanged' })['after']): string {
  if (lease === undefined) return 'gone';
  const { leaseCounter, leaseOwner = 'nobody', checkpointOwner, checkpoint, pending } = lease;
  const owner = checkpointOwner === undefined ? leaseOwner : `${checkpointOwner} for ${leaseOwner}`;
  return `#${leaseCounter} ${owner} ${at(checkpoint)}${pending === undefined ? '' : ` (${at(pending.checkpoint)} pending)`}`;
}
