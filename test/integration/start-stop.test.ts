/** `npm start` from outside: what it refuses, how it starts, and every way in which it stops. Linux: it looks into /proc. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  eventIds,
  freePorts,
  removeFolder,
  StartedStack,
  temporaryFolder,
  until,
  type StartOptions,
} from '../started-stack';
import { systemClock } from '../../runtime/clock';
import { skipped } from '../shared-data';

const STEP_MS = 60_000;
jest.setTimeout(2 * STEP_MS);

const onLinux = existsSync('/proc/self/stat');
const here = onLinux ? describe : describe.skip;
if (!onLinux) skipped('start and stop', 'no /proc to see the processes in');

here('flotilla start', () => {
  let data: string;
  let port: number;
  let stacks: StartedStack[];
  beforeEach(async () => {
    data = temporaryFolder();
    port = await freePorts();
    stacks = [];
  });
  afterEach(() => {
    for (const stack of stacks) stack.killAll();
    removeFolder(data);
  });

  const begin = (more: Partial<StartOptions> = {}): StartedStack => {
    const stack = new StartedStack({ data, port, ...more });
    stacks.push(stack);
    return stack;
  };

  describe('refuses in one line, exit 2, before anything runs', () => {
    const refusal = async (more: Partial<StartOptions>): Promise<string[]> => {
      const stack = begin(more);
      expect(await stack.ended(20_000)).toBe(2);
      return stack.lines.filter((line) => line !== 'building ...');
    };

    it('a wrong option, a wrong value and a wrong setting of any service', async () => {
      expect(await refusal({ arguments: ['--colour'] })).toEqual([
        'flotilla: --colour is no option here; --help lists them',
      ]);
      expect(await refusal({ arguments: ['--port', 'x'] })).toEqual([
        'flotilla: --port is "x": it must be a port, from 1 to 65535',
      ]);
      expect(await refusal({ environment: { FLOTILLA_S3_GZIP_LEVEL: '11', FLOTILLA_LOG_LEVEL: 'loud' } })).toEqual(
        expect.arrayContaining([
          'flotilla: enricher: FLOTILLA_S3_GZIP_LEVEL is "11": it must be an integer, from 1 to 9',
          expect.stringContaining('FLOTILLA_LOG_LEVEL is "loud"'),
        ]),
      );
    });

    it('a port in use', async () => {
      const server = createServer();
      await new Promise<void>((listening) => server.listen(port + 3, '127.0.0.1', listening));
      expect(await refusal({})).toEqual([
        `flotilla: port ${port + 3} (Kinesis) is in use; choose other ports with --port`,
      ]);
      await new Promise((closed) => server.close(closed));
      expect(readdirSync(data)).not.toContain('flotilla.lock');
    });

    it('a data folder that cannot be written', async () => {
      const file = join(data, 'file');
      writeFileSync(file, '');
      const [line] = await refusal({ arguments: ['--data', join(file, 'data')] });
      expect(line).toContain('cannot be written');
    });
  });

  it('runs, refuses a second one on its folder, stops at Ctrl-C with everything read, and has it all after a restart', async () => {
    const first = await begin().ready();
    expect(first.lines).toContain(`collector  ${first.url}`);
    expect(first.lines).toContain(`output  ${data}/s3/flotilla`);
    const second = begin({ port: await freePorts() });
    await second.line(new RegExp(`already running on ${data}: pid ${first.child.pid}, ${first.url}`));
    expect(await second.exit).toBe(2);

    const events = Array.from({ length: 20 }, () => randomUUID());
    for (const event of events) expect(await first.send(event)).toBe(true);
    first.ctrlC();
    expect(await first.ended()).toBe(0);
    expect(first.lines.at(-1)).toBe('stopped: every record was read');
    expect(eventIds(data).sort()).toEqual([...events].sort());

    const again = await begin().ready();
    const later = randomUUID();
    expect(await again.send(later)).toBe(true);
    await until(
      () => eventIds(data).includes(later),
      20_000,
      () => 'the event did not arrive after the restart',
    );
    expect(eventIds(data)).toHaveLength(21);
    again.ctrlC();
    await again.ended();

    writeFileSync(join(data, 'mine.txt'), 'not of the stack');
    const fresh = await begin({ arguments: ['--fresh'] }).ready();
    expect(eventIds(data)).toEqual([]);
    expect(existsSync(join(data, 'mine.txt'))).toBe(true);
    fresh.ctrlC();
    await fresh.ended();
  });

  /** Sends, ends the stack in the given way, and expects that nothing runs within 10 s and that everything was written. */
  const stopsCleanly = async (stack: StartedStack, end: () => void): Promise<void> => {
    await stack.ready();
    const events = Array.from({ length: 5 }, () => randomUUID());
    for (const event of events) expect(await stack.send(event)).toBe(true);
    end();
    await stack.ended();
    expect(eventIds(data).sort()).toEqual([...events].sort());
    expect(existsSync(join(data, 'flotilla.lock'))).toBe(false);
  };

  describe('stops in order, within 10 s and with nothing left, at', () => {
    it('SIGTERM', async () => {
      const stack = begin();
      await stopsCleanly(stack, () => stack.child.kill('SIGTERM'));
      expect(stack.lines.at(-1)).toBe('stopped: every record was read');
    });

    it('the death of npm', async () => {
      const stack = begin({ command: ([, , , ...options]) => ['npm', 'start', '--silent', '--', ...options] });
      await stopsCleanly(stack, () => stack.child.kill('SIGKILL'));
    });

    it('the death of the starter', async () => {
      const stack = begin();
      await stopsCleanly(stack, () => stack.child.kill('SIGKILL'));
    });

    it('the death of the keeper', async () => {
      const stack = begin();
      await stopsCleanly(stack, () => process.kill(stack.pidOf('start/keeper.js'), 'SIGKILL'));
    });

    it('a closed terminal', async () => {
      if (spawnSync('script', ['--version']).error)
        return skipped('a closed terminal', 'no program `script` to open one');
      const stack = begin({ command: (start) => ['script', '--quiet', '--command', start.join(' '), '/dev/null'] });
      await stopsCleanly(stack, () => stack.child.kill('SIGKILL'));
    });
  });

  it('keeps pm2 out of a data folder whose path is too long for a socket', async () => {
    const long = join(data, 'x'.repeat(100));
    const stack = await begin({ data: long }).ready();
    expect(existsSync(join(long, 'pm2'))).toBe(false);
    stack.ctrlC();
    expect(await stack.ended()).toBe(0);
  });

  /** Whatever an earlier stack left, the next one brings: each of the events once. */
  const comeAtTheNextStart = async (events: readonly string[]): Promise<void> => {
    const again = await begin().ready();
    await until(
      () => eventIds(data).length >= events.length,
      30_000,
      () => `${eventIds(data).length} of ${events.length} arrived`,
    );
    again.ctrlC();
    await again.ended();
    expect(eventIds(data).sort()).toEqual([...events].sort());
  };

  it('stops at once at a second Ctrl-C and loses nothing', async () => {
    // The collector takes its time to stop, so that there is something to hurry.
    const slowly = { FLOTILLA_COLLECTOR_PRE_TERMINATION_MS: '10000' };
    const stack = await begin({ environment: slowly }).ready();
    const events = Array.from({ length: 50 }, () => randomUUID());
    for (const event of events) expect(await stack.send(event)).toBe(true);
    stack.ctrlC();
    await stack.line(/^stopping/);
    await systemClock.sleep(600); // what comes too soon after the first counts as the same keystroke
    stack.ctrlC();
    expect(await stack.ended()).toBe(0);
    expect(stack.lines.at(-1)).toMatch(/^stopped at once/);
    await comeAtTheNextStart(events);
  });

  it('says how many records it left unread, and reads them at the next start', async () => {
    const stack = await begin().ready();
    const enrichers = stack.pidsOf('enricher/main.js');
    expect(enrichers).toHaveLength(2);
    for (const pid of enrichers) process.kill(pid, 'SIGSTOP'); // they cannot read, and cannot stop either
    const events = Array.from({ length: 7 }, () => randomUUID());
    for (const event of events) expect(await stack.send(event)).toBe(true);
    stack.ctrlC();
    expect(await stack.ended()).toBe(0);
    expect(stack.lines).toContain('did not stop in time and was killed: enricher');
    expect(stack.lines.at(-1)).toBe('stopped: 7 records not read, kept in the stream for the next start');

    await comeAtTheNextStart(events);
  });

  it('ends the whole with one line, exit 2, when a service refuses its settings later', async () => {
    const config = join(data, 'settings.json');
    mkdirSync(data, { recursive: true });
    writeFileSync(config, '{}');
    const stack = await begin({ environment: { FLOTILLA_CONFIG: config } }).ready();
    writeFileSync(config, '{"collector": {"cookieLifetimeMs": "soon"}}');
    process.kill(stack.pidOf('collector/main.js'), 'SIGKILL');
    expect(await stack.ended(20_000)).toBe(2);
    expect(stack.lines.at(-1)).toMatch(/^collector refused its settings \(exit code 78\): see .*collector\.log$/);
  });

  it('ends the whole with one line, exit 2, when a service crashes 5 times in 30 s', async () => {
    const stack = await begin().ready();
    for (let crash = 1; crash <= 5; crash++) {
      const pid = await stack.pidWhenThere('schema-server/main.js');
      process.kill(pid, 'SIGKILL');
      await until(
        () => !stack.processes().some((line) => line.startsWith(`${pid} `)),
        5_000,
        () => `${pid} did not die`,
      );
    }
    expect(await stack.ended(20_000)).toBe(2);
    expect(stack.lines.at(-1)).toMatch(/^schema-server crashed 5 times in 30 s: see .*schema-server\.log$/);
  });
});
