import { judgeExit, serviceExit, type Crash } from './pm2-lines';

describe('what pm2 says', () => {
  it.each([
    ['2026-11-24T07:06:59: PM2 log: App [collector:1] exited with code [1] via signal [SIGINT]', 'collector', 1, null],
    [
      '2026-11-24T07:06:59: PM2 log: App [schema-server:0] exited with code [78] via signal [SIGINT]',
      'schema-server',
      78,
      null,
    ],
    [
      '2026-11-24T07:06:59: PM2 log: App [enricher:3] exited with code [0] via signal [SIGKILL]',
      'enricher',
      0,
      'SIGKILL',
    ],
  ])('%s', (line, service, code, signal) => {
    expect(serviceExit(line)).toEqual({ service, code, signal });
  });

  it('is nothing for other lines, also for a service that prints the same words', () => {
    expect(serviceExit('2026-11-24T07:06:59: PM2 log: App [loop:2] online')).toBeNull();
    expect(serviceExit('{"msg":"App [loop:2] exited with code [1] via signal [SIGINT]"}')).toBeNull();
  });
});

describe('an exit of a service', () => {
  const crash = { service: 'enricher', code: 1, signal: null };
  const judge = (crashes: readonly Crash[], exit: Parameters<typeof judgeExit>[1], nowMs: number) =>
    judgeExit(crashes, exit, nowMs, 'logs');

  it('with code 78 ends the whole: its settings will not get better', () => {
    expect(judge([], { service: 'collector', code: 78, signal: null }, 0)).toEqual({
      kind: 'end',
      line: 'collector refused its settings (exit code 78): see logs/collector.log',
    });
  });

  it('with code 0 is no crash, but a kill is', () => {
    expect(judge([], { service: 'enricher', code: 0, signal: null }, 5)).toEqual({ kind: 'go-on', crashes: [] });
    expect(judge([], { service: 'enricher', code: 0, signal: 'SIGKILL' }, 5)).toEqual({
      kind: 'go-on',
      crashes: [{ service: 'enricher', atMs: 5 }],
    });
  });

  const crashesAt = (times: readonly number[], service = 'enricher') => times.map((atMs) => ({ service, atMs }));

  it.each([
    ['the fifth within 30 s ends the whole', crashesAt([0, 5_000, 10_000, 20_000]), 29_999, 'end'],
    ['the fourth does not', crashesAt([0, 5_000, 10_000]), 29_999, 'go-on'],
    ['the fifth in more than 30 s does not', crashesAt([0, 5_000, 10_000, 20_000]), 30_000, 'go-on'],
    ['crashes of another service do not count', crashesAt([0, 1, 2, 3], 'collector'), 10, 'go-on'],
  ])('%s', (_, before, nowMs, kind) => {
    expect(judge(before, crash, nowMs).kind).toBe(kind);
  });
});
