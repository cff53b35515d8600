import { KeptEntries } from './kept-entries';

test('beyond the bound the longest unused go, but nothing of the last 10 s', () => {
  const kept = new KeptEntries<number>(2);
  for (const [index, uri] of ['a', 'b', 'c', 'd'].entries()) kept.set(uri, index, 0);
  kept.evict(9_999);
  expect(kept.uris()).toEqual(['a', 'b', 'c', 'd']);
  kept.use('a', 5_000);
  kept.evict(10_000);
  expect(kept.uris()).toEqual(['d', 'a']);
  kept.set('e', 4, 11_000);
  kept.evict(20_999);
  expect([kept.size, kept.peek('a'), kept.peek('d')]).toEqual([2, 0, undefined]);
});

test('looking is no use; what was used since a moment is told', () => {
  const kept = new KeptEntries<string>(10);
  kept.set('a', 'A', 0);
  kept.set('b', 'B', 0);
  kept.use('b', 100);
  kept.use('none', 100);
  expect([kept.peek('a'), kept.uris(1), kept.uris()]).toEqual(['A', ['b'], ['a', 'b']]);
  kept.delete('a');
  expect(kept.uris()).toEqual(['b']);
});
