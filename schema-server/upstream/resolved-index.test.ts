import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ResolvedIndex } from './resolved-index';

let folder: string;
let path: string;
let told: unknown[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'resolved-index-'));
  path = join(folder, '.resolved');
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const telemetry = {
  resolvedAre: (schemas: number): void => void told.push(schemas),
  mirrorFailed: (): void => void told.push('failed'),
};
const uri = (addition: number): string => `iglu:com.acme/checkout/jsonschema/1-0-${addition}`;
const has = async (...additions: number[]): Promise<boolean[]> => {
  const index = await ResolvedIndex.open(path, telemetry);
  return additions.map((addition) => index.has(uri(addition)));
};

test('remembers over a restart, and writes each name once', async () => {
  const index = await ResolvedIndex.open(path, telemetry);
  for (const addition of [0, 1, 0, 12]) index.add(uri(addition));
  expect(index.has(uri(1))).toBe(true);
  await index.settled();
  index.add(uri(1));
  index.add(uri(2));
  await index.settled();
  expect(readFileSync(path, 'utf8').split('\n')).toEqual([uri(0), uri(1), uri(12), uri(2), '']);
  expect(await has(0, 1, 2, 3, 12)).toEqual([true, true, true, false, true]);
});

test('whatever byte a power cut left as the last, whole lines count and no other, and the next is whole', async () => {
  const text = [0, 1, 12].map((addition) => `${uri(addition)}\n`).join('');
  const line = uri(0).length + 1;
  for (let length = 0; length <= text.length; length++) {
    writeFileSync(path, text);
    truncateSync(path, length);
    const index = await ResolvedIndex.open(path, telemetry);
    const whole = [0, 1, 12].map((addition, i) => [uri(addition), length >= line * (i + 1) + (i === 2 ? 1 : 0)]);
    expect(whole.map(([name]) => index.has(String(name)))).toEqual(whole.map(([, isWhole]) => isWhole));
    index.add(uri(5));
    await index.settled();
    expect(await has(5)).toEqual([true]);
  }
});

test('lines that are no names are passed over', async () => {
  writeFileSync(path, `\0\0\0\n${uri(0)}\n../../etc\n${uri(1)}\n`);
  expect(await has(0, 1)).toEqual([true, true]);
  expect(told).toEqual([2]);
});

test('a disk that fails is told of, and costs no answer', async () => {
  const index = await ResolvedIndex.open(path, telemetry);
  rmSync(folder, { recursive: true });
  index.add(uri(0));
  await index.settled();
  expect([index.has(uri(0)), told]).toEqual([true, [0, 1, 'failed']]);
});

test('a file that is no file ends the start', async () => {
  await expect(ResolvedIndex.open(folder, telemetry)).rejects.toMatchObject({ code: 'EISDIR' });
});
