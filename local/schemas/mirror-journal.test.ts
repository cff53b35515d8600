import { journalHead, journalLine, mirrorSummary, readJournal } from './mirror-journal';

const from = 'http://a.example';
const uri = (addition: number): string => `iglu:com.acme/x/jsonschema/1-0-${addition}`;
const text = journalHead(from) + journalLine('new', uri(0)) + journalLine('same', uri(1)) + journalLine('changed', uri(12)); // prettier-ignore

test('what was done is read back', () => {
  expect([...readJournal(text, from)]).toEqual([
    [uri(0), 'new'],
    [uri(1), 'same'],
    [uri(12), 'changed'],
  ]);
});

test('a line that broke off anywhere does not count', () => {
  const whole = [...readJournal(text, from)].map(([name]) => name);
  for (let length = 0; length < text.length; length++)
    expect(whole).toEqual(expect.arrayContaining([...readJournal(text.slice(0, length), from).keys()]));
  expect(readJournal(text.slice(0, -1), from).has(uri(12))).toBe(false);
});

test.each([
  ['of another repository', text, 'http://b.example'],
  ['that is empty', '', from],
  ['of other lines', `${journalHead(from)}failed ${uri(0)}\nnew ../../x\n\0\0\n`, from],
])('a journal %s says nothing', (_which, written, asked) => {
  expect(readJournal(written, asked).size).toBe(0);
});

test('the summary counts each kind', () => {
  expect(mirrorSummary(['new', 'same', 'new', 'failed', 'changed'], 0)).toBe(
    '5 schemas: 2 new, 1 same, 1 changed, 1 failed',
  );
  expect(mirrorSummary(['new'], 1)).toBe('1 schemas: 1 new, 0 same, 0 changed, 0 failed (1 of them by an earlier run)');
});
