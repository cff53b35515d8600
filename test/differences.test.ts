import { testsBut, type Tests } from './differences';

describe('a list of differences', () => {
  const made = new Map<string, () => Promise<unknown>>();
  const collecting: Tests = { describe: (_name, define) => define(), it: (name, run) => void made.set(name, run) };
  testsBut(
    ['outer inner is listed and fails', 'outer inner is listed and holds', 'outer inner is not there'].map((test) => ({
      test,
      reason: '',
    })),
    (tests) =>
      tests.describe('outer', () => {
        tests.describe('inner', () => {
          tests.it('is listed and fails', () => Promise.reject(new Error('other')));
          tests.it('is listed and holds', () => Promise.resolve());
          tests.it('is not listed', () => Promise.reject(new Error('as it is')));
        });
        tests.it('is listed and fails', () => Promise.resolve());
      }),
    collecting,
  );
  const run = (name: string): Promise<unknown> => made.get(name)!();

  it('turns a listed test round', async () => {
    await run('differs: is listed and fails');
    await expect(run('differs: is listed and holds')).rejects.toThrow('does not differ any more');
  });

  it('leaves every other as it is, also one with the same last name', async () => {
    await expect(run('is not listed')).rejects.toThrow('as it is');
    await run('is listed and fails');
  });

  it('is refused when it names no test', async () => {
    await expect(run('the list of differences names tests that are there')).rejects.toThrow(
      'there is no test "outer inner is not there"',
    );
  });
});
