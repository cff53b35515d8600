/**
 * The stream as one simulated process sees it: answers take their time and stand still with the process, some are lost or
 * refused, and some are as odd as the service's can be. What is opened and read is written down.
 */
import type { Shard } from '../../kinesis-client/leases/plan-shard-sync';
import type { ShardFilter, ShardLister } from '../../kinesis-client/leases/shard-lister';
import type {
  Position,
  RecordsAnswer,
  Refusal,
  Stream,
  StreamDescription,
  StreamRecord,
} from '../../kinesis-client/shards/stream';
import { FlotillaError } from '../../runtime/errors';
import type { FakeStream } from '../fake-stream';
import type { ReadLimits } from './read-limits';
import { drawFate } from './weather';
import type { Connection } from './connection';

/** An iterator, by whom it was opened, and the last answer that it gave. */
interface Opened {
  readonly life: number | undefined;
  readonly shardId: string;
  readonly before: readonly StreamRecord[];
}

export class StreamOverNetwork implements Stream, ShardLister {
  private readonly opened = new Map<string, Opened>();

  constructor(
    private readonly stream: FakeStream,
    private readonly limits: ReadLimits,
    private readonly connection: Connection,
  ) {}

  async openIterator(
    shardId: string,
    position: Position,
    signal?: AbortSignal,
  ): Promise<{ readonly kind: 'iterator'; readonly iterator: string } | Refusal> {
    const { chronicle, process } = this.connection;
    chronicle.note({ kind: 'iteratorAsked', process, shardId, position });
    const life = chronicle.facts.lives.newest(process, shardId)?.life;
    const answer = await this.request(() => this.stream.openIterator(shardId, position), signal);
    if (answer.kind === 'iterator') this.opened.set(answer.iterator, { life, shardId, before: [] });
    return answer;
  }

  async getRecords(iterator: string, recordsMax: number, signal?: AbortSignal): Promise<RecordsAnswer | Refusal> {
    const opened = this.opened.get(iterator) as Opened;
    const answer = await this.request(() => this.read(opened, iterator, recordsMax), signal);
    if (answer.kind !== 'records') return answer;
    if (answer.nextIterator !== null) this.opened.set(answer.nextIterator, { ...opened, before: answer.records });
    return this.asTheServiceMay(answer, opened);
  }

  async describe(): Promise<StreamDescription | null> {
    return this.request(() => this.stream.describe()).then(orThrow);
  }

  async listShards(filter?: ShardFilter): Promise<readonly Shard[]> {
    return this.request(() => this.stream.listShards(filter)).then(orThrow);
  }

  private async read({ shardId }: Opened, iterator: string, recordsMax: number): Promise<RecordsAnswer | Refusal> {
    const { chronicle, world } = this.connection;
    if (!this.limits.mayRead(shardId, world.monotonicMs())) {
      chronicle.count('read throttled');
      return { kind: 'throttled' };
    }
    const answer = await this.stream.getRecords(iterator, recordsMax);
    if (answer.kind === 'records') this.limits.wasRead(shardId, answer.records.length, world.monotonicMs());
    return answer;
  }

  /** Oddities that a client must live with. What is discarded as invalid counts as not read. */
  private asTheServiceMay(answer: RecordsAnswer, { life, before }: Opened): RecordsAnswer | Refusal {
    const { weather, random, chronicle } = this.connection;
    const chance = random.next();
    if (chance < weather().expired) {
      chronicle.count('iterator expired');
      return { kind: 'expired' };
    }
    if (chance < weather().expired + weather().halfEnd) {
      chronicle.count('half an end');
      return answer.children.length > 0 ? { ...answer, children: [] } : { ...answer, nextIterator: null };
    }
    const last = answer.records.at(-1);
    if (last !== undefined && life !== undefined)
      chronicle.note({ kind: 'recordsRead', life, last: last.sequenceNumber });
    if (before.length === 0 || random.next() >= weather().repeated) return answer;
    chronicle.count('records repeated');
    return { ...answer, records: [...before.slice(-2), ...answer.records] };
  }

  private async request<T>(send: () => Promise<T>, signal?: AbortSignal): Promise<T | Refusal> {
    const { time, world, weather, leaseDurationMs, random, chronicle, isCut } = this.connection;
    const fate = drawFate(weather(), leaseDurationMs, random);
    const unavailable = (message: string): Refusal => ({ kind: 'unavailable', cause: new Error(message) });
    if (isCut()) {
      await time.sleep(1_000, signal);
      return unavailable('no route');
    }
    switch (fate.kind) {
      case 'throttled':
        await time.sleep(fate.thereMs, signal);
        chronicle.count('stream throttled');
        return { kind: 'throttled' };
      case 'request lost':
      case 'late': // a read that nobody hears changes nothing
      case 'answer lost':
        await time.sleep(fate.givenUpMs, signal);
        chronicle.count('stream unreachable');
        return unavailable('no answer');
      case 'answered': {
        await world.sleep(fate.thereMs);
        const answer = await send();
        await time.sleep(fate.backMs, signal);
        return signal?.aborted ? unavailable('aborted') : answer;
      }
    }
  }
}

function orThrow<T>(answer: T | Refusal): T {
  if (typeof answer === 'object' && answer !== null && 'kind' in answer)
    throw new FlotillaError(answer.kind === 'throttled' ? 'FLOTILLA_THROTTLED' : 'FLOTILLA_UNAVAILABLE', answer.kind);
  return answer as T;
}
