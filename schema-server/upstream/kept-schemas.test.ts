import { KeptSchemas } from './kept-schemas';

const keptOf = (costMax: number) => new KeptSchemas<number>(costMax, (cost) => cost);
const among = (kept: KeptSchemas<number>, ...uris: string[]) => uris.filter((uri) => kept.get(uri) !== undefined);

test('beyond the bound the longest unused go', () => {
  const kept = keptOf(30);
  for (const uri of ['a', 'b', 'c']) kept.keep(uri, 10);
  expect(kept.get('a')).toBe(10);
  kept.keep('d', 10);
  expect(among(kept, 'a', 'b', 'c', 'd')).toEqual(['a', 'c', 'd']);
});

test('what is kept anew counts once', () => {
  const kept = keptOf(30);
  kept.keep('a', 10);
  kept.keep('a', 20);
  kept.keep('b', 10);
  expect(among(kept, 'a', 'b')).toEqual(['a', 'b']);
});

test('the newest stays, however large it is', () => {
  const kept = keptOf(0);
  kept.keep('a', 10);
  kept.keep('b', 10);
  expect(among(kept, 'a', 'b')).toEqual(['b']);
  kept.forget('b');
  kept.forget('b');
  expect(among(kept, 'b')).toEqual([]);
});
