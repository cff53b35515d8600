/**
 * S3 as one simulated process sees it: requests take their time, get lost, or arrive when the process has long given them
 * up. They suffer as those to the lease table do.
 */
import { FlotillaError } from '../../runtime/errors';
import type { S3Store } from '../../sinks/s3/s3-store';
import type { Connection } from './connection';
import { drawFate } from './weather';

/** `store` as the process sees it. */
export function s3OverNetwork(store: S3Store, connection: Connection): S3Store {
  const { time, world, weather, leaseDurationMs, random, chronicle, isCut } = connection;

  async function request<T>(send: () => Promise<T>, noAnswer: () => T): Promise<T> {
    if (isCut()) {
      await time.sleep(leaseDurationMs / 5);
      return noAnswer();
    }
    const fate = drawFate(weather(), leaseDurationMs, random);
    chronicle.count(`s3 request ${fate.kind}`);
    const sendUnheard = (): void => void send().catch(() => undefined);
    switch (fate.kind) {
      case 'throttled':
        await time.sleep(fate.thereMs);
        return noAnswer();
      case 'request lost':
        await time.sleep(fate.givenUpMs);
        return noAnswer();
      case 'answer lost':
      case 'late':
        void world.sleep(fate.thereMs).then(sendUnheard);
        await time.sleep(fate.givenUpMs);
        return noAnswer();
      case 'answered': {
        await world.sleep(fate.thereMs);
        const answer = await send();
        await time.sleep(fate.backMs);
        return answer;
      }
    }
  }
  const unavailable = (): never => {
    throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'lost in the storm');
  };
  const unclear = () => ({ kind: 'unclear' as const, reason: 'lost in the storm' });

  return {
    endpoint: store.endpoint,
    createUpload: (...given) => request(() => store.createUpload(...given), unavailable),
    uploadPart: (...given) => request(() => store.uploadPart(...given), unavailable),
    completeUpload: (...given) => request(() => store.completeUpload(...given), unclear),
    abortUpload: (...given) => request(() => store.abortUpload(...given), unavailable),
    head: (...given) => request(() => store.head(...given), unclear),
    putNew: (...given) => request(() => store.putNew(...given), unavailable),
    get: (...given) => request(() => store.get(...given), unavailable),
  };
}
