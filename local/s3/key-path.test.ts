import { join, sep } from 'node:path';
import { seededRandom } from '../../runtime/random';
import { compareKeys, hiddenSegments, keyOfHidden, visibleSegments } from './key-path';

test.each([
  ['enriched/date=2026-11-01/hour=05/a-shardId-000-1-2-0.jsonl.gz', true],
  ['a b/%41+c', true],
  ['...', true],
  ['x'.repeat(255), true],
  ['x'.repeat(256), false],
  ['', false],
  ['/a', false],
  ['a/', false],
  ['a//b', false],
  ['.', false],
  ['a/./b', false],
  ['..', false],
  ['a/../../b', false],
  ['a\\..\\b', false],
  ['a\u0000b', false],
  ['a\nb', false],
  ['é', false],
])('the key %j lies in sight: %s', (key, isVisible) => {
  expect(visibleSegments(key)).toEqual(isVisible ? key.split('/') : null);
});

test('no key leaves its folder, and every hidden one is found again', () => {
  const seed = 20261101;
  const random = seededRandom(seed);
  const pieces = ['..', '.', '/', '//', '\\', '\u0000', 'a', 'é', '😀', '%2f', ' ', '.object', 'x'.repeat(90)];
  const paths = new Map<string, string>();
  for (let round = 0; round < 2000; round++) {
    const key = Array.from({ length: 1 + random.integer(11) }, () => random.shuffle(pieces)[0]).join('');
    const hidden = hiddenSegments(key);
    for (const segments of [visibleSegments(key) ?? ['in-sight'], hidden]) {
      const path = join(`${sep}root`, ...segments);
      expect({ seed, key, depth: path.split(sep).length }).toEqual({ seed, key, depth: segments.length + 2 });
      expect(segments.every((segment) => segment.length <= 255)).toBe(true);
    }
    expect(keyOfHidden(hidden)).toBe(key);
    paths.set(hidden.join('/'), key);
  }
  for (const [path, key] of paths) expect(paths.has(path.split('/').slice(0, -1).join('/')) && key).toBe(false);
});

test('what is no encoded key is none', () => {
  for (const segments of [[], ['YQ'], ['YQ==.object'], ['Y', 'Q.object'], ['*.object']]) {
    expect(keyOfHidden(segments)).toBeNull();
  }
});

test('keys are in the order of their UTF-8 bytes, not of UTF-16', () => {
  expect(['😀', '\uffee', 'b', 'a/', 'a-'].sort(compareKeys)).toEqual(['a-', 'a/', 'b', '\uffee', '😀']);
});
