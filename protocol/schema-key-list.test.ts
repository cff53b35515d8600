import { readSchemaKeyList } from './schema-key-list';

const a = 'iglu:com.acme/a/jsonschema/1-0-0';
const b = 'iglu:com.acme/b/jsonschema/1-0-0';
const rule = 'it must be a schema key, like iglu:com.acme/checkout/jsonschema/1-0-0';
const files: Record<string, string> = {
  good: `# what our shop sends\n${a}\r\n\n  ${b}  \n${a}\n`,
  bad: `${a}\ncom.acme/b\n\niglu:x/y/z/1-0\n`,
};
const readFile = (path: string): string => {
  const text = files[path];
  if (text === undefined) throw new Error('ENOENT');
  return text;
};

test.each<[string[], string[], string[]]>([
  [[], [], []],
  [[a, b, a], ['a', 'b'], []],
  [['good'], ['a', 'b'], []],
  [[b, 'good'], ['b', 'a'], []],
  [['iglu:x'], [], [`has "iglu:x": ${rule}`]],
  [
    ['bad'],
    ['a'],
    [`names bad, whose line 2 is "com.acme/b": ${rule}`, `names bad, whose line 4 is "iglu:x/y/z/1-0": ${rule}`],
  ],
  [['none'], [], ['has "none": it must be a schema key or a file that can be read: ENOENT']],
])('%j', (items, names, faults) => {
  const list = readSchemaKeyList(items, readFile);
  expect(list.keys.map(({ name }) => name)).toEqual(names);
  expect(list.faults).toEqual(faults);
});
