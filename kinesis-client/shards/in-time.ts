/**
 * Notices that reading is dead: a read that neither gives something nor hears from the stream. Its lease would be renewed on
 * and on and its shard never read, and nobody else could help. Used by the shard consumer.
 */
import type { Clock } from '../../runtime/clock';
import type { Read, ShardReader } from './shard-reader';

export interface InTimeDeps {
  readonly clock: Clock;
  readonly settings: { readonly stallMs: number };
}

/** What the read gives, or 'dead' when for `stallMs`, counted from now, the stream answered this reader nothing at all. */
export async function inTime(
  read: Promise<Read | null>,
  reader: Pick<ShardReader, 'answeredAtMs'>,
  { clock, settings }: InTimeDeps,
): Promise<Read | null | 'dead'> {
  const over = new AbortController();
  const startMs = clock.monotonicMs();
  const leftMs = (): number => Math.max(startMs, reader.answeredAtMs) + settings.stallMs - clock.monotonicMs();
  const silence = async (): Promise<'dead'> => {
    for (let ms = leftMs(); ms > 0 && !over.signal.aborted; ms = leftMs()) await clock.sleep(ms, over.signal);
    return 'dead';
  };
  try {
    return await Promise.race([read, silence()]);
  } finally {
    over.abort();
  }
}
