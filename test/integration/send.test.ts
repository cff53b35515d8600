/** `flotilla send` as a person runs it, against a started stack: what it says is what is in S3. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { skipped } from '../shared-data';
import { eventIds, freePorts, outputLines, removeFolder, StartedStack, temporaryFolder, until } from '../started-stack';

const root = resolve(__dirname, '../..');
const program = [process.execPath, join(root, 'local/flotilla.js'), 'send'];
jest.setTimeout(60_000);

const onLinux = existsSync('/proc/self/stat');
const here = onLinux ? describe : describe.skip;
if (!onLinux) skipped('flotilla send', 'no /proc to see the processes in');

describe('flotilla send refuses in one line, exit 2', () => {
  const refusal = (...options: string[]): string[] => {
    const [node = '', ...rest] = [...program, ...options];
    const { status, stdout, stderr } = spawnSync(node, rest, { cwd: root, encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    return stderr.split('\n').filter((line) => line !== '' && line !== 'building ...');
  };

  it('a wrong option and a wrong value', () => {
    expect(refusal('--count', '7')).toEqual([
      'flotilla: --count is no option here; --help lists them',
      'flotilla: 7 is no option here; --help lists them',
    ]);
    expect(refusal('--events', '0')).toEqual(['flotilla: --events is "0": it must be an integer, from 1 to 100000000']);
    expect(refusal('--collector', 'shop.example.com')).toEqual([
      'flotilla: --collector is "shop.example.com": it must be an http:// or https:// URL, or empty',
    ]);
  });

  it('a collector that is not there', async () => {
    const url = `http://127.0.0.1:${await freePorts()}`;
    expect(refusal('--collector', url)).toEqual([
      `flotilla: no collector answers at ${url}; start one with npm start, or name it with --collector`,
    ]);
  });
});

here('flotilla send', () => {
  const data = onLinux ? temporaryFolder() : '';
  let stack: StartedStack;
  const senders: ChildProcess[] = [];
  /** The ids that earlier tests have sent. */
  let before: ReadonlySet<string> = new Set();

  beforeAll(async () => {
    stack = await new StartedStack({ data, port: await freePorts() }).ready();
  });
  beforeEach(() => {
    before = new Set(eventIds(data));
  });
  afterEach(() => {
    for (const sender of senders) sender.kill('SIGKILL');
  });
  afterAll(async () => {
    stack.ctrlC();
    await stack.ended().finally(() => stack.killAll());
    removeFolder(data);
  });

  /** Begins to send; `ended` resolves to the exit code and what was said. */
  function send(options: readonly string[], command = program) {
    const [node = '', ...rest] = [...command, ...options];
    const child = spawn(node, rest, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    senders.push(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
    const ended = new Promise<{ code: number | null; lines: string[] }>((resolveEnd) =>
      child.once('close', (code) => resolveEnd({ code, lines: said.split('\n').filter((line) => line !== '') })),
    );
    return { child, ended };
  }

  const arrived = (): string[] => eventIds(data).filter((id) => !before.has(id));
  const untilArrived = (count: number): Promise<void> =>
    until(
      () => arrived().length >= count,
      20_000,
      () => `${arrived().length} of ${count} events arrived\n${stack.lines.join('\n')}`,
    );

  it('says how many events were accepted, and exactly these are in S3', async () => {
    const { code, lines } = await send(['--events', '200', '--rate', '400', '--collector', stack.url]).ended;
    expect(lines.at(-1)).toMatch(/^200 accepted, 0 failed, \d+\.\d s$/);
    expect(code).toBe(0);
    await untilArrived(200);
    expect(arrived()).toHaveLength(200);
    expect(new Set(arrived()).size).toBe(200);
    const kinds = new Set(outputLines(data, 'enriched').map(({ event }) => event));
    expect(kinds).toEqual(new Set(['page_view', 'page_ping', 'struct', 'unstruct']));
    expect(outputLines(data, 'bad')).toEqual([]);
  });

  /** Of a send that was interrupted: it must add up to what was asked for. */
  const acceptedOf = (line: string | undefined): number => {
    const [, accepted = '', notSent = ''] =
      /^(\d+) accepted, 0 failed, (\d+) not sent, \d+\.\d s$/.exec(line ?? '') ?? [];
    expect(Number(accepted) + Number(notSent)).toBe(1_000_000);
    return Number(accepted);
  };

  it('at Ctrl-C says what was accepted until then, and exactly that is in S3', async () => {
    const { child, ended } = send(['--events', '1000000', '--rate', '200', '--collector', stack.url]);
    await untilArrived(1);
    child.kill('SIGINT');
    const { code, lines } = await ended;
    expect(code).toBe(1);
    const accepted = acceptedOf(lines.at(-1));
    await untilArrived(accepted);
    expect(arrived()).toHaveLength(accepted);
    expect(new Set(arrived()).size).toBe(accepted);
  });

  it('goes on when the collector dies and comes back: nothing that was accepted or kept is lost', async () => {
    const { child, ended } = send(['--events', '1000000', '--rate', '200', '--collector', stack.url]);
    await untilArrived(1);
    process.kill(stack.pidOf('collector/main.js'), 'SIGKILL');
    await untilArrived(arrived().length + 600); // more than were on their way
    child.kill('SIGINT');
    const { lines } = await ended;
    const accepted = acceptedOf(lines.at(-1));
    // A request whose answer died with the collector is sent again: at least once until the stream.
    await until(
      () => new Set(arrived()).size >= accepted,
      20_000,
      () => `${new Set(arrived()).size} of ${accepted} events arrived`,
    );
    expect(new Set(arrived()).size).toBe(accepted);
  });

  it('shows a bar on a terminal', async () => {
    if (spawnSync('script', ['--version']).error)
      return skipped('a progress bar', 'no program `script` for a terminal');
    const line = [...program, '--events', '10', '--rate', '50', '--collector', stack.url].join(' ');
    const { ended } = send(['--quiet', '--return', '--command', line, '/dev/null'], ['script']);
    const { code, lines } = await ended;
    expect(lines.join('\n')).toMatch(/sending \[=+\] 10\/10 accepted, 0 waiting/);
    expect(lines.at(-1)).toMatch(/^10 accepted, 0 failed, /);
    expect(code).toBe(0);
  });
});
