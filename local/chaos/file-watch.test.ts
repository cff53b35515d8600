import { gzipSync } from 'node:zlib';
import { VirtualClock } from '../../runtime/virtual-clock';
import { FileWatch, type SeenFile } from './file-watch';

/** Files in memory; their mark is their size. */
function watched() {
  const files = new Map<string, Buffer>();
  const seen: SeenFile[] = [];
  const clock = new VirtualClock();
  const source = {
    list: () => Promise.resolve(new Map([...files].map(([name, bytes]) => [name, String(bytes.length)]))),
    read: (name: string) => Promise.resolve(files.get(name) ?? Buffer.from('')),
  };
  return { files, seen, clock, watch: new FileWatch(source, (file) => seen.push(file), clock) };
}

test('every file is told once, with the look that saw it first', async () => {
  const { files, seen, clock, watch } = watched();
  files.set('a', Buffer.from('1\n2\n'));
  watch.start(100);
  await clock.advance(100);
  files.set('b.gz', gzipSync('3\n'));
  await clock.advance(1_000);
  await watch.stop();
  expect(seen.map(({ name, lines }) => [name, lines])).toEqual([
    ['a', ['1', '2']],
    ['b.gz', ['3']],
  ]);
  expect(seen[1]!.look).toBeGreaterThan(seen[0]!.look);
  expect([watch.faults, watch.count]).toEqual([[], 2]);
});

test.each<[string, (files: Map<string, Buffer>) => void, RegExp]>([
  ['vanishes', (files) => files.delete('a'), /^a has vanished$/],
  ['gets another size', (files) => files.set('a', Buffer.from('1\n2\n')), /^a is not what it was \(2, now 4\)$/],
  ['gets other bytes of the same size', (files) => files.set('a', Buffer.from('2\n')), /^a has changed$/],
  ['comes and ends in the middle of a line', (files) => files.set('b', Buffer.from('1\n2')), /^b ends in the middle/],
  ['comes and is cut', (files) => files.set('b.gz', gzipSync('1\n').subarray(0, 12)), /^b\.gz is no whole gzip file/],
])('a file that %s is a fault', async (_name, change, fault) => {
  const { files, clock, watch } = watched();
  files.set('a', Buffer.from('1\n'));
  watch.start(100);
  await clock.advance(50);
  change(files);
  await clock.advance(100);
  await watch.stop();
  expect(watch.faults[0]).toMatch(fault);
});
