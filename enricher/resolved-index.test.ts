import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openResolvedIndex, type ResolvedIndex } from './resolved-index';

const root = mkdtempSync(join(tmpdir(), 'flotilla-index-'));
afterAll(() => rmSync(root, { recursive: true }));
const uri = (n: number): string => `iglu:com.acme/x${n}/jsonschema/1-0-0`;
let files = 0;
const freshPath = (): string => join(root, `folder${files++}`, 'resolved');

async function open(path: string): Promise<{ index: ResolvedIndex; failures: unknown[] }> {
  const failures: unknown[] = [];
  const telemetry = { indexed: () => undefined, indexFailed: (error: unknown) => void failures.push(error) };
  return { index: await openResolvedIndex(path, telemetry), failures };
}

test('what was added is there after a restart, and its folder is made', async () => {
  const path = freshPath();
  const first = await open(path);
  first.index.add(uri(1));
  first.index.add(uri(2));
  first.index.add(uri(1));
  await first.index.settled();
  const { index } = await open(path);
  expect([1, 2, 3].map((n) => index.hasSeen(uri(n)))).toEqual([true, true, false]);
  expect(readFileSync(path, 'utf8').match(/iglu:/g)?.length).toBe(2);
});

test('what another process of the machine adds is seen when somebody asks', async () => {
  const path = freshPath();
  const [one, other] = [await open(path), await open(path)];
  one.index.add(uri(1));
  await one.index.settled();
  expect(other.index.hasSeen(uri(1))).toBe(false);
  expect(await other.index.has(uri(1))).toBe(true);
  expect([await other.index.has(uri(2)), other.failures]).toEqual([false, []]);
});

test('eight that add at the same time lose nothing', async () => {
  const path = freshPath();
  const all = await Promise.all(Array.from({ length: 8 }, () => open(path)));
  for (let n = 0; n < 200; n++) for (const { index } of all) index.add(uri(n));
  await Promise.all(all.map(({ index }) => index.settled()));
  const { index } = await open(path);
  expect(Array.from({ length: 200 }, (_, n) => index.hasSeen(uri(n))).includes(false)).toBe(false);
});

test.each([
  ['a torn line', 'iglu:com.acme/x1/jsonschema/1-0'],
  ['a torn line that looks whole', uri(1)],
  ['zeros', '\0'.repeat(4_096)],
  ['a line longer than is read at once', 'x'.repeat(200_000)],
])('%s spoils itself alone', async (_name, torn) => {
  const path = freshPath();
  mkdirSync(join(path, '..'));
  writeFileSync(path, `${uri(0)}.\n${torn}`);
  const { index, failures } = await open(path);
  index.add(uri(2));
  await index.settled();
  const again = await open(path);
  for (const each of [index, again.index])
    expect([0, 1, 2].map((n) => each.hasSeen(uri(n)))).toEqual([true, false, true]);
  expect(failures).toEqual([]);
});

test('a line that is still being written is read when it is whole', async () => {
  const path = freshPath();
  mkdirSync(join(path, '..'));
  writeFileSync(path, `${uri(0)}.\n${uri(1).slice(0, 12)}`);
  const { index } = await open(path);
  appendFileSync(path, `${uri(1).slice(12)}.\n`);
  expect(await index.has(uri(1))).toBe(true);
});

test('a file larger than is read at once is read whole', async () => {
  const path = freshPath();
  mkdirSync(join(path, '..'));
  writeFileSync(path, Array.from({ length: 5_000 }, (_, n) => `${uri(n)}.\n`).join(''));
  const { index } = await open(path);
  expect(Array.from({ length: 5_000 }, (_, n) => index.hasSeen(uri(n))).includes(false)).toBe(false);
});

test('a path that cannot be used costs a warning, and names are remembered all the same', async () => {
  const file = freshPath();
  mkdirSync(join(file, '..'));
  writeFileSync(file, '');
  const { index, failures } = await open(join(file, 'below'));
  index.add(uri(1));
  await index.settled();
  expect([await index.has(uri(1)), await index.has(uri(2)), failures.length > 0]).toEqual([true, false, true]);
});

test('without a path names are remembered by the process', async () => {
  const { index, failures } = await open('');
  index.add(uri(1));
  await index.settled();
  expect([await index.has(uri(1)), await index.has(uri(2)), failures]).toEqual([true, false, []]);
});
