import { gunzipSync } from 'node:zlib';
import { seededRandom } from '../../runtime/random';
import { OutputFile } from './output-file';

const whole = (file: OutputFile): string => gunzipSync(Buffer.concat(file.parts(1 << 20))).toString('utf8');

test('lines come out as they went in, whenever they were compressed', async () => {
  const random = seededRandom(7);
  const file = new OutputFile(6, 64);
  const lines: string[] = [];
  for (let i = 0; i < 200; i++) {
    const line = `{"n":${i},"text":"${'ü€😀'.repeat(random.integer(4))}"}`;
    lines.push(line);
    file.append(line);
    if (random.next() < 0.2) await file.compress();
  }
  await file.compress();
  expect(whole(file)).toBe(lines.map((line) => `${line}\n`).join(''));
  expect([file.lines, file.rawBytes]).toEqual([200, Buffer.byteLength(whole(file))]);
});

test('a line counts its bytes, not its characters, and its line break', () => {
  const file = new OutputFile(6, 4);
  expect(file.append('aé')).toBe(4);
  expect([file.heldBytes, file.isMemberFull]).toEqual([4, true]);
});

test('compressing lets go of the lines', async () => {
  const file = new OutputFile(6, 1_024);
  for (let i = 0; i < 100; i++) file.append('x'.repeat(100));
  await file.compress();
  expect(file.heldBytes).toBeLessThan(200);
  expect(file.isMemberFull).toBe(false);
});

test('parts have the size that was asked for, the last what is left', async () => {
  const file = new OutputFile(1, 1_024);
  const random = seededRandom(3);
  for (let i = 0; i < 300; i++) file.append(random.uuid());
  await file.compress();
  const parts = file.parts(1_000);
  expect(parts.slice(0, -1).every((part) => part.length === 1_000)).toBe(true);
  expect(parts.length).toBeGreaterThan(2);
  expect(whole(file).split('\n').length).toBe(301);
});
