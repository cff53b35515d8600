import { kclRows } from '../../test/kcl-rows';
import { judgeKcl3Fleet, runsAlone, type Kcl3Sighting } from './kcl3-fleet';

const reports = (...all: [string, string][]) => new Map(all);
const seen = (cv: string | undefined, ...all: [string, string][]): Kcl3Sighting => ({
  ...(cv === undefined ? {} : { clientVersion: { cv, tableName: 'my-app' } }),
  reports: reports(...all),
});
const ALONE = 'CLIENT_VERSION_3X';

describe('judgeKcl3Fleet', () => {
  it.each<[string, ReadonlyMap<string, string>, Kcl3Sighting, object]>([
    ['no client version: none', reports(['w', '1']), seen(undefined, ['w', '2']), { kind: 'none' }],
    ['compatible with 2.x: none', reports(['w', '1']), seen('CLIENT_VERSION_UPGRADE_FROM_2X', ['w', '2']), { kind: 'none' }], // prettier-ignore
    ['rolled back: none', reports(['w', '1']), seen('CLIENT_VERSION_2X', ['w', '2']), { kind: 'none' }],
    ['at its first step: none', reports(['w', '1']), seen('CLIENT_VERSION_INIT', ['w', '2']), { kind: 'none' }],
    ['a version without workers: none', reports(), seen(ALONE), { kind: 'none' }],
    ['workers seen for the first time: suspected', reports(), seen(ALONE, ['w', '1']), { kind: 'suspected', workers: ['w'] }], // prettier-ignore
    ['a report that stands still: suspected', reports(['w', '1']), seen(ALONE, ['w', '1']), { kind: 'suspected' }],
    ['a new worker beside it: suspected', reports(['w', '1']), seen(ALONE, ['w', '1'], ['x', '9']), { kind: 'suspected' }], // prettier-ignore
    ['a report that moved: live', reports(['w', '1']), seen(ALONE, ['w', '31']), { kind: 'live' }],
    ['moved back, for its clock was set: live', reports(['w', '31']), seen(ALONE, ['w', '1']), { kind: 'live' }],
    ['one of two moved: live', reports(['w', '1'], ['x', '1']), seen(ALONE, ['w', '1'], ['x', '2']), { kind: 'live' }],
    ['before the last step back is closed: live', reports(['w', '1']), seen(`${ALONE}_WITH_ROLLBACK`, ['w', '2']), { kind: 'live' }], // prettier-ignore
  ])('%s', (_name, before, now, verdict) => {
    expect(judgeKcl3Fleet(before, now)).toMatchObject(verdict);
  });

  it('says in one sentence what it found and what to do, and names a few workers', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const verdict = judgeKcl3Fleet(
      new Map(ids.map((id) => [id, '1'])),
      seen(ALONE, ...ids.map((id) => [id, '2'] as [string, string])),
    );
    expect(verdict).toMatchObject({ kind: 'live', error: { code: 'FLOTILLA_KCL3_FLEET', kind: 'fatal' } });
    expect((verdict as { error: Error }).error.message).toBe(
      'a Java KCL 3.x fleet works on this application in its own mode (row Migration3.0 of table my-app says CLIENT_VERSION_3X, and these workers report: a, b, c and 2 more). It would not share with this worker. Stop the Java 3.x workers, or roll them back to CLIENT_VERSION_2X with the KCL migration tool (KclMigrationTool.py --mode rollback); then start this worker again',
    );
  });

  it('knows the modes in the rows that Java clients left', () => {
    const versions = kclRows('client versions').filter(({ state }) => state.startsWith('client version'));
    for (const { client, mode, state, row } of versions) {
      const alone = mode !== 'COMPATIBLE' || state.endsWith('after the flip');
      expect([client, state, runsAlone(row.cv?.S)]).toEqual([client, state, alone]);
    }
  });
});
