import { limitWarnings } from './limit-warnings';
import type { Logger } from './log';
import { VirtualClock } from './virtual-clock';

function limited() {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const note =
    (level: string) =>
    (facts: object, message: string): void =>
      void lines.push(`${level} ${message} ${JSON.stringify(facts)}`);
  const log = limitWarnings(
    { warn: note('warn'), error: note('error'), info: note('info') } as unknown as Logger,
    clock,
  );
  return { clock, lines, log };
}

describe('limitWarnings', () => {
  it('writes ten lines of a warning a minute, and then says how many it left out', async () => {
    const { clock, lines, log } = limited();
    for (let shard = 0; shard < 500; shard++) log.warn({ shard }, 'not reachable');
    expect(lines).toHaveLength(10);
    expect(lines[9]).toBe('warn not reachable {"shard":9}');
    await clock.advance(60_000);
    log.warn({ shard: 7 }, 'not reachable');
    log.warn({ shard: 8 }, 'not reachable');
    expect(lines.slice(10)).toEqual(['warn not reachable {"shard":7,"leftOut":490}', 'warn not reachable {"shard":8}']);
  });

  it('counts each message by itself, and leaves every other level alone', () => {
    const { lines, log } = limited();
    for (let shard = 0; shard < 11; shard++) log.warn({ shard }, 'odd answer');
    log.warn({}, 'something else');
    for (let shard = 0; shard < 20; shard++) log.error({ shard }, 'stopped');
    for (let shard = 0; shard < 20; shard++) log.info({ shard }, 'state changed');
    expect(lines).toHaveLength(10 + 1 + 20 + 20);
  });
});
