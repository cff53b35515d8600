import { defaultsOf } from '../../test/default-settings';
import { loadSettings } from '../../runtime/config';
import { checkS3Settings, s3Fields, type S3Settings } from './config';

const load = (environment: Record<string, string>) =>
  loadSettings({ s3: s3Fields }, { argv: [], environment, readFile: String });
const settings = (change: Partial<S3Settings> = {}): S3Settings => ({ ...defaultsOf(s3Fields), ...change });

test('the defaults keep the rules', () => {
  expect(checkS3Settings(settings())).toEqual([]);
});

test.each<[string, Partial<S3Settings>]>([
  ['waits whose shortest is longer than the longest', { backoffMinMs: 2_000, backoffMaxMs: 1_000 }],
  ['a memory that 10,000 parts could not hold', { partBytes: 5 * 1024 ** 2, heldBytesMax: 50_001 * 1024 ** 2 }],
])('refuses %s', (_what, change) => {
  expect(checkS3Settings(settings(change)).length).toBe(1);
});

test.each([
  ['FLOTILLA_S3_PREFIX', 'no-slash-at-the-end'],
  ['FLOTILLA_S3_PREFIX', 'with space/'],
  ['FLOTILLA_S3_PREFIX', '/absolute/'],
  ['FLOTILLA_S3_BUCKET', 'Upper'],
  ['FLOTILLA_S3_PART_BYTES', '5242879'],
  ['FLOTILLA_S3_GZIP_LEVEL', '0'],
])('refuses %s=%s by its name', (name, value) => {
  const loaded = load({ [name]: value });
  expect(loaded.kind === 'faults' && loaded.faults).toEqual([expect.stringContaining(name)]);
});

test.each(['', 'events/', 'a/b_c/d-e.f=g/'])('takes the prefix "%s"', (prefix) => {
  expect(load({ FLOTILLA_S3_PREFIX: prefix }).kind).toBe('settings');
});
