import { seededRandom } from '../../runtime/random';
import { LineBuffer } from './line-buffer';

test('gives back every line with its break, whatever its length and characters', () => {
  const random = seededRandom(5);
  const buffer = new LineBuffer();
  const lines = Array.from({ length: 500 }, () => 'aü€😀\ud800'.repeat(random.integer(300)));
  const lengths = lines.map((line) => buffer.append(line));
  const text = lines.map((line) => `${line}\n`).join('');
  expect(lengths).toEqual(lines.map((line) => Buffer.byteLength(`${line}\n`)));
  expect(buffer.length).toBe(Buffer.byteLength(text));
  expect(buffer.take().equals(Buffer.from(text))).toBe(true);
});

test('is empty after its lines were taken, and leaves them alone', () => {
  const buffer = new LineBuffer();
  buffer.append('first');
  const taken = buffer.take();
  buffer.append('second');
  expect([taken.toString(), buffer.length]).toEqual(['first\n', 7]);
  expect(buffer.take().toString()).toBe('second\n');
  expect(buffer.take()).toHaveLength(0);
});

test('takes at most twice the memory of its lines, or 2 KiB', () => {
  const random = seededRandom(7);
  for (let round = 0; round < 200; round++) {
    const buffer = new LineBuffer();
    const lines = Array.from({ length: 1 + random.integer(20) }, () => 'x'.repeat(random.integer(5_000)));
    for (const line of lines) buffer.append(line);
    const taken = buffer.take();
    expect(taken.buffer.byteLength).toBeLessThanOrEqual(Math.max(2 * taken.length, 2_048));
  }
});
