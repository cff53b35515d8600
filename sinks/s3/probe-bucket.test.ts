import { defaultsOf } from '../../test/default-settings';
import { VirtualClock } from '../../runtime/virtual-clock';
import { FakeS3Store } from '../../test/fake-s3-store';
import { FlotillaError } from '../../runtime/errors';
import { seededRandom } from '../../runtime/random';
import { s3Fields } from './config';
import { probeBucket } from './probe-bucket';

const settings = defaultsOf(s3Fields);

async function probe(store: FakeS3Store): Promise<unknown> {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const backoff = { minMs: 1, maxMs: 100 };
  const retries = { attemptsMax: 3, backoff, clock, random };
  const completing = { store, clock, random, backoff, parallel: 1, vanishedAfterMs: 60_000, onRepeat: () => undefined };
  const [result] = await Promise.all([
    probeBucket({ settings, application: 'enricher', retries, completing }).catch((error: unknown) => error),
    clock.advance(120_000),
  ]);
  expect(clock.sleeping).toBe(0);
  return result;
}

test('leaves one small file beside the plans and nothing in the tables, at every start the same', async () => {
  const store = new FakeS3Store();
  expect(await probe(store)).toBeUndefined();
  const after = [...store.objects];
  expect([after.map(([key]) => key), store.uploads.size]).toEqual([['_commits/enricher/probe.json'], 0]);
  expect(await probe(store)).toBeUndefined();
  expect([...store.objects]).toEqual(after);
  expect(store.uploads.size).toBe(0);
});

const refused = (): never => {
  throw new FlotillaError('FLOTILLA_AWS_REFUSED', 'AccessDenied');
};

test.each<[string, (store: FakeS3Store) => void, RegExp]>([
  ['writing', (store) => (store.createUpload = refused), /needed: s3:PutObject on enriched\/probe$/],
  ['writing parts', (store) => (store.uploadPart = refused), /needed: s3:PutObject on enriched\/probe$/],
  ['aborting', (store) => (store.abortUpload = refused), /needed: s3:AbortMultipartUpload on enriched\/probe$/],
  [
    'knowing what is not there',
    (store) => (store.head = async () => ({ kind: 'unclear', reason: '403' })),
    /needed: s3:ListBucket on the bucket$/,
  ],
  [
    'completing',
    (store) => (store.completeUpload = async () => ({ kind: 'unclear', reason: '403 AccessDenied' })),
    /403 AccessDenied; needed: s3:PutObject on _commits\/enricher\/probe\.json$/,
  ],
  ['reading plans', (store) => (store.get = refused), /needed: s3:GetObject on _commits\/enricher\/probe\.json$/],
])('a permission that lacks for %s is one line that names it', async (_what, spoil, line) => {
  const store = new FakeS3Store();
  spoil(store);
  const failure = await probe(store);
  expect(failure).toMatchObject({ code: 'FLOTILLA_S3_PROBE_FAILED', kind: 'fatal' });
  expect((failure as Error).message).toMatch(line);
  expect((failure as Error).message).toMatch(/^the bucket flotilla cannot be used \(s3\.bucket\): [^\n]*$/);
});

test('an S3 that does not answer is waited for, then said so', async () => {
  const store = new FakeS3Store();
  let asked = 0;
  store.before = () => {
    asked++;
    throw new FlotillaError('FLOTILLA_UNAVAILABLE', 'connect ECONNREFUSED');
  };
  const failure = await probe(store);
  expect(asked).toBe(3);
  expect((failure as Error).message).toContain('an S3 that answers');
});
