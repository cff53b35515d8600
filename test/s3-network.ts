/**
 * The way of one process to S3 in a storm: every request takes its time and stands still with its process; some are lost on
 * the way there or back, some hang, and some arrive when the process has long given them up.
 */
import { FlotillaError } from '../runtime/errors';
import type { Random } from '../runtime/random';
import type { S3Store } from '../sinks/s3/s3-store';
import type { VirtualClock, VirtualProcessClock } from '../runtime/virtual-clock';

export interface S3Network {
  /** Of the process. */
  readonly time: VirtualProcessClock;
  /** Of the world: what is on its way arrives also when the process stands still. */
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly isCalm: () => boolean;
}

const TRAVEL_MAX_MS = 300;
const HANG_MAX_MS = 60_000;
const LATE_MAX_MS = 20_000;

/** `store` as the process sees it. */
export function overNetwork(store: S3Store, { time, clock, random, isCalm }: S3Network): S3Store {
  const travel = (): Promise<void> => time.sleep(isCalm() ? 1 : random.integer(TRAVEL_MAX_MS));

  async function request<T>(send: () => Promise<T>, lost: () => T): Promise<T> {
    const chance = isCalm() ? 1 : random.next();
    await travel();
    if (chance < 0.05) return lost();
    if (chance < 0.1) {
      const late = clock.sleep(random.integer(LATE_MAX_MS)).then(send);
      late.catch(() => undefined); // nobody hears the answer
      return lost();
    }
    if (chance < 0.12) await time.sleep(random.integer(HANG_MAX_MS));
    const answer = await send();
    await travel();
    return chance < 0.17 ? lost() : answer;
  }
  const noAnswer = (): never => {
    throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'lost in the storm');
  };
  const unclear = () => ({ kind: 'unclear' as const, reason: 'lost in the storm' });

  return {
    endpoint: store.endpoint,
    createUpload: (...given) => request(() => store.createUpload(...given), noAnswer),
    uploadPart: (...given) => request(() => store.uploadPart(...given), noAnswer),
    completeUpload: (...given) => request(() => store.completeUpload(...given), unclear),
    abortUpload: (...given) => request(() => store.abortUpload(...given), noAnswer),
    head: (...given) => request(() => store.head(...given), unclear),
    putNew: (...given) => request(() => store.putNew(...given), noAnswer),
    get: (...given) => request(() => store.get(...given), noAnswer),
  };
}
