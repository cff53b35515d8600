import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { initialize, processRecords } from '../../test/fake-daemon';
import { root } from '../../test/source-tree';

/** A real process whose program has `kcl` and `runMultiLang`. */
function child(program: string) {
  const one = spawn(
    process.execPath,
    [
      '--require',
      './test/register-typescript.js',
      '--eval',
      `const { kcl } = require('./kinesis-client/multilang/kcl.ts');
       const { runMultiLang } = require('./kinesis-client/multilang/run-multilang.ts');
       const quiet = { initialize() {}, processRecords() {}, leaseLost() {}, shardEnded() {} };
       ${program}`,
    ],
    { cwd: root },
  );
  const written = { out: '', err: '' };
  one.stdout.on('data', (chunk: Buffer) => (written.out += chunk.toString()));
  one.stderr.on('data', (chunk: Buffer) => (written.err += chunk.toString()));
  return {
    one,
    say: (message: object): void => void one.stdin.write(`${JSON.stringify(message)}\n`),
    heard: async (text: string): Promise<void> => {
      while (!written.out.includes(text)) await once(one.stdout, 'data');
    },
    /** Exit code, output and errors, when it has ended. */
    ended: async () => ({ code: one.exitCode ?? ((await once(one, 'close'))[0] as number), ...written }),
  };
}
const initialized = '\n{"action":"status","responseFor":"initialize"}\n';

describe('the process of a child', () => {
  it('ends with its input and exit code 0, whatever else would keep it alive; signals are left to the daemon', async () => {
    const { one, say, heard, ended } = child('setInterval(() => {}, 1000); kcl(quiet).run();');
    say(initialize);
    await heard(initialized);
    one.kill('SIGTERM');
    one.kill('SIGINT');
    say({ action: 'leaseLost' });
    await heard('"leaseLost"');
    one.stdin.end();
    expect(await ended()).toMatchObject({ code: 0, err: '' });
  });

  it('ends with exit code 1 and the stack when a callback fails', async () => {
    const { say, heard, ended } = child(
      'setInterval(() => {}, 1000); kcl({ ...quiet, processRecords: () => { throw new Error("no luck"); } }).run();',
    );
    say(initialize);
    await heard(initialized);
    say(processRecords('1'));
    const { code, out, err } = await ended();
    expect([code, out]).toEqual([1, initialized]);
    expect(err).toContain('Error: no luck\n    at');
    expect(err).toContain('processRecords failed: no luck');
  });

  it('does not begin, and says why in one line, for a processor that the daemon cannot carry', async () => {
    const { code, out, err } = await child('runMultiLang({ ...quiet, pending: true });').ended();
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^kcl: .*pending: true.*MultiLangDaemon cannot carry.*\n$/);
  });
});
