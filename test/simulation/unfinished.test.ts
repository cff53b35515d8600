import { at, bytes } from '../lease-builders';
import { History } from './history';

const S = 'shard-0';

/** One shard with one record, which process a has committed. */
const done = (): History =>
  new History()
    .shard(S)
    .put(S, 1)
    .process('a')
    .created('a', S)
    .took('a', S)
    .began(1, 'a', S)
    .got(1, 1)
    .asked(1, { kind: 'prepare', to: at(1), state: bytes('one') })
    .wrote('a', S, { pending: { checkpoint: at(1), state: bytes('one') } })
    .add({ kind: 'madeVisible', shardId: S, state: bytes('one'), outputs: ['shard-0 1'] })
    .wrote('a', S, { checkpoint: at(1), pending: undefined });

describe('what is unfinished', () => {
  it.each<[string, History, string[]]>([
    ['nothing, when all was committed', done(), []],
    ['a shard without a row', done().shard('shard-1'), ['shard-1 has no row']],
    ['a shard that nobody owns', done().wrote('a', S, { leaseOwner: undefined }), ['nobody owns shard-0']],
    ['a shard of a dead process', done().process('a', 'killed'), ['shard-0 is owned by a, which is killed']],
    [
      'a hand-over that was never ended',
      done().process('b').described('b', S, { leaseOwner: 'b.boot-1', checkpointOwner: 'a.boot-1' }),
      ['a hand-over of shard-0 was never ended'],
    ],
    [
      'a record behind the checkpoint',
      done().put(S, 2),
      ['shard-0 stands at 1, its tip is 2', 'shard-0 2 is not visible'],
    ],
    [
      'something pending',
      done()
        .put(S, 2)
        .got(1, 2)
        .asked(1, { kind: 'prepare', to: at(2), state: bytes('two') })
        .wrote('a', S, { pending: { checkpoint: at(2), state: bytes('two') } }),
      ['something is pending in shard-0', 'shard-0 stands at 1, its tip is 2', 'shard-0 2 is not visible'],
    ],
    ['a closed shard whose row stands somewhere', done().closed(S), ['shard-0 has not ended in the table']],
    [
      'the row of a shard that ended long ago',
      done()
        .closed(S)
        .asked(1, { kind: 'checkpoint', to: at('SHARD_END') })
        .wrote('a', S, { checkpoint: at('SHARD_END') }),
      ['the row of shard-0 is there, its shard ended long ago'],
    ],
  ])('%s', (_name, history, left) => {
    expect(history.verdict()).toBeNull();
    expect(history.at(100_000).unfinished()).toEqual(left);
  });

  it('a lease that goes to and fro', () => {
    const history = done().at(90_000).process('b').took('b', S).at(139_999);
    expect(history.unfinished()).toEqual(['a lease moved 49999 ms ago']);
    expect(history.at(140_000).unfinished()).toEqual([]);
  });

  it('passes over shards that were closed before anybody looked, at LATEST', () => {
    const latest = new History({ leaseDurationMs: 10_000, handOffTimeoutMs: 30_000, readsFromBeginning: false });
    const history = latest.shard(S).put(S, 1).closed(S, 'shard-1').shard('shard-1', S).put('shard-1', 2);
    expect(history.at(100_000).unfinished()).toEqual(['shard-1 has no row', 'shard-1 2 is not visible']);
  });
});
