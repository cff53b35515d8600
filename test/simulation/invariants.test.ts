/**
 * Every invariant can fail: histories that must never happen, each beside one that may. The first violation names the
 * invariant that was broken.
 */
import { at, bytes } from '../lease-builders';
import { History } from './history';

const S = 'shard-0';

/** Process a holds the only shard, from its start, and has got records 1 to 3 of it. */
const reading = (): History =>
  new History()
    .shard(S)
    .put(S, 1, 2, 3, 4, 5)
    .process('a')
    .process('b')
    .created('a', S)
    .took('a', S)
    .began(1, 'a', S)
    .add({ kind: 'iteratorAsked', process: 'a', shardId: S, position: { type: 'TRIM_HORIZON' } })
    .got(1, 1, 2, 3);

const prepare = (to: number, text: string, from = at('TRIM_HORIZON')) =>
  ({ kind: 'prepare', to: at(to), from, state: bytes(text) }) as const;
const pending = (to: number | string, text: string) => ({ checkpoint: at(to), state: bytes(text) });
const checkpoint = (to: number | string) => ({ kind: 'checkpoint', to: at(to) }) as const;

/** The same, with 1 to 3 prepared. */
const prepared = (): History =>
  reading()
    .asked(1, prepare(3, 'one'))
    .wrote('a', S, { pending: pending(3, 'one') });

const visible = (history: History, text: string, ...outputs: string[]): History =>
  history.add({ kind: 'madeVisible', shardId: S, state: bytes(text), outputs });

/** A shard with a child, read to its end. */
const ended = (): History =>
  reading().got(1, 4, 5).closed(S, 'shard-1', 'shard-2').shard('shard-1', S).shard('shard-2', S);

const children = (history: History): History =>
  history.created('a', 'shard-1', { parentShardIds: [S] }).created('a', 'shard-2', { parentShardIds: [S] });

function itHolds(cases: Readonly<Record<string, readonly [good: History, bad: History, message: string]>>): void {
  it.each(Object.entries(cases))('%s', (_name, [good, bad, message]) => {
    expect(good.verdict()).toBeNull();
    expect(bad.verdict()).toBe(message);
  });
}

describe('one owner', () => {
  itHolds({
    'writes between a take and the next': [
      reading().wrote('a', S),
      reading().wrote('b', S),
      'one owner: b writes to a lease of a',
    ],
    'moves the counter by one': [
      reading().wrote('a', S),
      reading().wrote('a', S, { leaseCounter: 7n }),
      'one owner: a moves the counter from 1 to 7',
    ],
    'is not named by a new row': [
      new History().shard(S).created('a', S),
      new History().shard(S).created('a', S, { leaseOwner: 'a.boot-1' }),
      'one owner: a row is made that somebody owns',
    ],
    'goes on writing while somebody asks for its lease': [
      reading()
        .described('b', S, { leaseOwner: 'b.boot-1', checkpointOwner: 'a.boot-1' })
        .wrote('a', S)
        .wrote('a', S, { checkpointOwner: undefined }),
      reading().described('b', S, { leaseOwner: 'b.boot-1' }),
      'one owner: b changes the row and leaves its counter at 1',
    ],
    'may have its children named by anybody': [
      reading().described('b', S, { childShardIds: ['shard-1'] }),
      reading().described('b', S, { checkpoint: at(3) }),
      'one owner: b changes the row and leaves its counter at 1',
    ],
  });
});

describe('one chain', () => {
  itHolds({
    'never steps back': [
      reading()
        .asked(1, checkpoint(2))
        .wrote('a', S, { checkpoint: at(2) }),
      reading()
        .asked(1, checkpoint(2))
        .wrote('a', S, { checkpoint: at(2) })
        .wrote('a', S, { checkpoint: at(1) }),
      'one chain: the checkpoint steps back from 2 to 1',
    ],
    'commits what was prepared': [
      visible(prepared(), 'one').wrote('a', S, { checkpoint: at(3), pending: undefined }),
      visible(prepared(), 'one').wrote('a', S, { checkpoint: at(2), pending: undefined }),
      'one chain: 2 is stored over the pending 3',
    ],
    'never drops what is pending': [
      prepared().wrote('a', S),
      prepared().wrote('a', S, { pending: undefined }),
      'one chain: the pending 3 is dropped',
    ],
    'never replaces what is pending': [
      prepared().wrote('a', S),
      prepared().wrote('a', S, { pending: pending(3, 'two') }),
      'one chain: the pending 3 is replaced by 3',
    ],
    'has batches that start where the last one ended': [
      reading()
        .asked(1, prepare(3, 'one'))
        .wrote('a', S, { pending: pending(3, 'one') }),
      reading()
        .asked(1, prepare(3, 'one', at(1)))
        .wrote('a', S, { pending: pending(3, 'one') }),
      'one chain: a batch from 1 is stored where the checkpoint is TRIM_HORIZON',
    ],
    'prepares forwards only': [
      reading()
        .asked(1, checkpoint(2))
        .wrote('a', S, { checkpoint: at(2) }),
      reading()
        .asked(1, checkpoint(2))
        .wrote('a', S, { checkpoint: at(2) })
        .wrote('a', S, { pending: pending(2, 'one') }),
      'one chain: 2 is prepared, which does not lie after the checkpoint 2',
    ],
    'stores what a processor asked for': [
      reading()
        .asked(1, checkpoint(2))
        .wrote('a', S, { checkpoint: at(2) }),
      reading()
        .asked(1, checkpoint(1))
        .wrote('a', S, { checkpoint: at(2) }),
      'one chain: a stores 2, which no processor of it asked for',
    ],
    'stores nothing for a life that is over': [
      reading()
        .asked(1, checkpoint(2))
        .called(1, 'leaseLost')
        .wrote('a', S, { checkpoint: at(2) }),
      reading()
        .called(1, 'leaseLost')
        .asked(1, checkpoint(2))
        .wrote('a', S, { checkpoint: at(2) }),
      'one chain: a stores 2 for a processor whose life was over',
    ],
    'stores nothing that was not delivered': [
      reading()
        .asked(1, checkpoint(3))
        .wrote('a', S, { checkpoint: at(3) }),
      reading()
        .asked(1, checkpoint(4))
        .wrote('a', S, { checkpoint: at(4) }),
      'one chain: a stores 4, which it has not been given yet',
    ],
    'stores the end when everything was delivered': [
      children(ended())
        .asked(1, checkpoint('SHARD_END'))
        .wrote('a', S, { checkpoint: at('SHARD_END') }),
      children(reading().closed(S).shard('shard-1', S).shard('shard-2', S))
        .asked(1, checkpoint('SHARD_END'))
        .wrote('a', S, { checkpoint: at('SHARD_END') }),
      'one chain: a stores SHARD_END, which it has not been given yet',
    ],
  });
});

describe('own trust', () => {
  const renewed = (): History => reading().at(3_000).wrote('a', S, {}, 1_000);
  const sends = (history: History, isTake = false): History =>
    history.add({ kind: 'writeSent', process: 'a', leaseKey: S, isTake });
  itHolds({
    'counts from before the last applied write was sent': [
      sends(renewed().at(10_500)),
      sends(renewed().at(10_501)),
      'own trust: a writes 9501 ms after its last write, trusted for 9500 ms',
    ],
    'begins anew with a take': [
      sends(sends(renewed().at(20_000), true).took('a', S).at(29_500)),
      sends(sends(renewed().at(20_000), true).at(20_001)),
      'own trust: a writes 19001 ms after its last write, trusted for 9500 ms',
    ],
  });
});

describe('one consumer', () => {
  /** b takes the lease of a, which has moved its counter 2 s ago, after having asked for it. */
  const stolen = (): History =>
    reading()
      .described('b', S, { leaseOwner: 'b.boot-1', checkpointOwner: 'a.boot-1' })
      .at(38_000)
      .wrote('a', S)
      .at(40_000)
      .took('b', S);
  const handedOverLate = (): History =>
    reading()
      .called(1, 'shutdownRequested')
      .described('b', S, { leaseOwner: 'b.boot-1', checkpointOwner: 'a.boot-1' })
      .at(30_000)
      .wrote('a', S, { checkpointOwner: undefined });
  /** b takes it after 10 s of silence. */
  const expired = (): History => reading().at(10_001).took('b', S);
  const told = (history: History): History => history.add({ kind: 'told', life: 1 });
  itHolds({
    'may work on for a lease duration when the lease was taken from a live owner': [
      told(stolen().at(50_000).got(1, 4)),
      stolen().at(50_001).got(1, 4),
      'one consumer: a does not tell its processor that shard-0 is lost for 10001 ms',
    ],
    'has stopped before its lease is taken for silence': [
      told(reading().at(9_500)).at(10_001).took('b', S).at(10_100).called(1, 'leaseLost'),
      expired().at(10_100).began(2, 'b', S),
      'one consumer: a does not tell its processor that shard-0 is lost for 99 ms',
    ],
    'that stood still has no time left when it wakes': [
      told(reading().process('a', 'paused').at(10_001).took('b', S).at(60_000).process('a')).called(1, 'leaseLost'),
      reading().process('a', 'paused').at(10_001).took('b', S).at(60_000).process('a').got(1, 4),
      'one consumer: a calls processRecords of shard-0 49999 ms after it lost the lease',
    ],
    'has no callback under way when its lease is let go': [
      reading().wrote('a', S, { leaseOwner: undefined }),
      reading().called(1, 'shutdownRequested').wrote('a', S, { leaseOwner: undefined }),
      'one consumer: a lets go of shard-0 while shutdownRequested runs',
    ],
    'hands its lease over also at work when its time for that is up': [
      handedOverLate(),
      reading()
        .called(1, 'shutdownRequested')
        .described('b', S, { leaseOwner: 'b.boot-1', checkpointOwner: 'a.boot-1' })
        .at(29_999)
        .wrote('a', S, { checkpointOwner: undefined }),
      'one consumer: a lets go of shard-0 while shutdownRequested runs',
    ],
    'that let go does nothing more': [
      reading().at(1_000).wrote('a', S, { leaseOwner: undefined }).at(1_500).called(1, 'leaseLost'),
      reading().at(1_000).wrote('a', S, { leaseOwner: undefined }).at(1_500).got(1, 4),
      'one consumer: a calls processRecords of shard-0 500 ms after it lost the lease',
    ],
  });
});

describe('no early take', () => {
  const asked = (): History => reading().described('b', S, { leaseOwner: 'b.boot-1', checkpointOwner: 'a.boot-1' });
  const told = (history: History): History => history.add({ kind: 'told', life: 1 });
  itHolds({
    'waits for the lease duration': [
      told(reading()).at(10_001).took('b', S),
      reading().at(10_000).took('b', S),
      'no early take: b takes the lease of a, whose counter moved 10000 ms ago and who was not asked',
    ],
    'waits for an owner who was asked': [
      asked().at(39_000).wrote('a', S).at(40_000).took('b', S),
      asked().at(39_000).wrote('a', S).at(39_999).took('b', S),
      'no early take: b takes the lease of a, whose counter moved 999 ms ago and who was asked 39999 ms ago',
    ],
    'takes at once what was let go': [
      reading().wrote('a', S, { leaseOwner: undefined }).took('b', S),
      reading().took('b', S),
      'no early take: b takes the lease of a, whose counter moved 0 ms ago and who was not asked',
    ],
  });
});

describe('callbacks', () => {
  const answered = (history: History): History =>
    history.add({ kind: 'answered', life: 1, request: checkpoint(3), error: null });
  itHolds({
    'come one at a time': [
      reading().called(1, 'shutdownRequested').returned(1, 'shutdownRequested').called(1, 'leaseLost'),
      reading().called(1, 'shutdownRequested').called(1, 'leaseLost'),
      'callbacks: leaseLost of shard-0 is called while shutdownRequested runs',
    ],
    'end with leaseLost': [
      reading().called(1, 'leaseLost').returned(1, 'leaseLost'),
      reading().called(1, 'leaseLost').returned(1, 'leaseLost').called(1, 'shutdownRequested'),
      'callbacks: shutdownRequested of shard-0 is called after the last callback',
    ],
    'are only leaseLost when the life is known to be over': [
      reading().add({ kind: 'told', life: 1 }).called(1, 'leaseLost'),
      reading().add({ kind: 'told', life: 1 }).called(1, 'shardEnded'),
      'callbacks: shardEnded of shard-0 is called after the processor was told that its life is over',
    ],
    'begin with initialize': [
      reading(),
      new History()
        .shard(S)
        .created('a', S)
        .took('a', S)
        .add({ kind: 'lifeBegan', life: 1, process: 'a', shardId: S, checkpoint: at('TRIM_HORIZON') })
        .called(1, 'leaseLost'),
      'callbacks: leaseLost of shard-0 is called before initialize is done',
    ],
    'tell of what is pending': [
      visible(prepared(), 'one').called(1, 'leaseLost').returned(1, 'leaseLost').began(2, 'a', S, at('TRIM_HORIZON'), pending(3, 'one')), // prettier-ignore
      visible(prepared(), 'one').called(1, 'leaseLost').returned(1, 'leaseLost').began(2, 'a', S),
      'callbacks: a life begins without what is pending in the row',
    ],
    'tell where the row stands': [
      reading(),
      new History().shard(S).created('a', S).took('a', S).began(1, 'a', S, at(3)),
      'callbacks: a life begins at 3, the row says TRIM_HORIZON',
    ],
    'of one life at a time': [
      reading().called(1, 'leaseLost').returned(1, 'leaseLost').began(2, 'a', S),
      reading().began(2, 'a', S),
      'callbacks: a begins a second life of shard-0 beside the first',
    ],
    'grant nothing to a life that is over': [
      answered(reading().asked(1, checkpoint(3))),
      answered(reading().called(1, 'leaseLost').asked(1, checkpoint(3))),
      'callbacks: a checkpoint is granted to a life that is over',
    ],
  });
});

describe('in order', () => {
  const childOf = (history: History): History =>
    children(history).put('shard-1', 11).took('a', 'shard-1').began(2, 'a', 'shard-1');
  itHolds({
    'comes every record once': [
      reading().got(1, 4, 5),
      reading().got(1, 5),
      'in order: a life of shard-0 gets 5 where 4 comes next',
    ],
    'comes no record twice in a life': [
      reading().got(1, 4),
      reading().got(1, 3, 4),
      'in order: a life of shard-0 gets 3 where 4 comes next',
    ],
    'comes a failed batch again': [
      reading().failedOn(1, 4).got(1, 4),
      reading().failedOn(1, 4).got(1, 5),
      'in order: a life of shard-0 gets 5 where 4 comes next',
    ],
    'begins a life after its checkpoint': [
      reading(),
      new History().shard(S).put(S, 1, 2).created('a', S).took('a', S).began(1, 'a', S).got(1, 2),
      'in order: a life that began at TRIM_HORIZON of shard-0 gets 2 where 1 comes next',
    ],
    'come children after their parents': [
      childOf(ended())
        .asked(1, checkpoint('SHARD_END'))
        .wrote('a', S, { checkpoint: at('SHARD_END') })
        .got(2, 11),
      childOf(ended()).got(2, 11),
      'in order: a record of shard-1 comes before its parent shard-0 has ended',
    ],
  });
});

describe('iterators', () => {
  const opens = (history: History, type: 'TRIM_HORIZON' | 'LATEST'): History =>
    history.add({ kind: 'iteratorAsked', process: 'a', shardId: S, position: { type } });
  const opensAt = (history: History, type: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER', one: number): History =>
    history.add({ kind: 'iteratorAsked', process: 'a', shardId: S, position: { type, sequenceNumber: String(one) } });
  const read = (): History => reading().add({ kind: 'recordsRead', life: 1, last: '3' });
  itHolds({
    'open behind what was read': [
      opensAt(read(), 'AFTER_SEQUENCE_NUMBER', 3),
      opensAt(read(), 'AFTER_SEQUENCE_NUMBER', 2),
      'iterators: a opens shard-0 at AFTER_SEQUENCE_NUMBER 2 instead of AFTER_SEQUENCE_NUMBER 3',
    ],
    'open where the checkpoint stands': [
      reading(),
      opens(reading(), 'LATEST'),
      'iterators: a opens shard-0 at LATEST instead of TRIM_HORIZON',
    ],
    'open after what was pending is committed': [
      opensAt(visible(prepared(), 'one').called(1, 'leaseLost').returned(1, 'leaseLost').began(2, 'a', S, at('TRIM_HORIZON'), pending(3, 'one')), 'AT_SEQUENCE_NUMBER', 3), // prettier-ignore
      opens(visible(prepared(), 'one').called(1, 'leaseLost').returned(1, 'leaseLost').began(2, 'a', S, at('TRIM_HORIZON'), pending(3, 'one')), 'TRIM_HORIZON'), // prettier-ignore
      'iterators: a opens shard-0 at TRIM_HORIZON instead of AT_SEQUENCE_NUMBER 3',
    ],
    'open after initialize': [
      reading(),
      opens(
        new History()
          .shard(S)
          .created('a', S)
          .took('a', S)
          .add({ kind: 'lifeBegan', life: 1, process: 'a', shardId: S, checkpoint: at('TRIM_HORIZON') })
          .called(1, 'initialize'),
        'TRIM_HORIZON',
      ),
      'iterators: a opens shard-0 before a processor is initialised',
    ],
  });
});

describe('shard end', () => {
  const ends = (history: History): History =>
    history.asked(1, checkpoint('SHARD_END')).wrote('a', S, { checkpoint: at('SHARD_END') });
  const begun = (history: History): History =>
    history.took('a', 'shard-1').took('a', 'shard-2').put('shard-1', 11).put('shard-2', 12)
      .began(2, 'a', 'shard-1').got(2, 11).asked(2, checkpoint(11)).wrote('a', 'shard-1', { checkpoint: at(11) }); // prettier-ignore
  const both = (history: History): History =>
    history
      .began(3, 'a', 'shard-2')
      .got(3, 12)
      .asked(3, checkpoint(12))
      .wrote('a', 'shard-2', { checkpoint: at(12) });
  itHolds({
    'comes after the rows of all children': [
      ends(children(ended())),
      ends(ended().created('a', 'shard-1')),
      'shard end: shard-0 ends before its child shard-2 has a row',
    ],
    'is prepared after the rows of all children': [
      children(ended()).asked(1, { ...prepare(0, 'one'), to: at('SHARD_END') }).wrote('a', S, { pending: pending('SHARD_END', 'one') }), // prettier-ignore
      ended().asked(1, { ...prepare(0, 'one'), to: at('SHARD_END') }).wrote('a', S, { pending: pending('SHARD_END', 'one') }), // prettier-ignore
      'shard end: shard-0 ends before its child shard-1 has a row',
    ],
    'is that of a closed shard': [
      ends(children(ended())),
      reading()
        .got(1, 4, 5)
        .asked(1, checkpoint('SHARD_END'))
        .wrote('a', S, { checkpoint: at('SHARD_END') }),
      'one chain: a stores SHARD_END, which it has not been given yet',
    ],
    'lets a merged child begin beside both parents': [
      new History().shard(S).shard('shard-1').created('a', S).created('a', 'shard-1').shard('shard-2', S, 'shard-1').created('a', 'shard-2'), // prettier-ignore
      new History().shard(S).shard('shard-1').created('a', S).shard('shard-2', S, 'shard-1').created('a', 'shard-2'),
      'shard end: shard-2 gets a row before its parent shard-1 has one',
    ],
    'lets a row go when all children are being read': [
      both(begun(ends(children(ended())))).deleted('a', S),
      begun(ends(children(ended()))).deleted('a', S),
      'shard end: the row of shard-0 is deleted before its child shard-2 is read',
    ],
    'lets no row go before': [
      reading(),
      reading().deleted('a', S),
      'shard end: the row of shard-0 is deleted at TRIM_HORIZON',
    ],
    'lets no row come back': [
      both(begun(ends(children(ended())))).deleted('a', S),
      both(begun(ends(children(ended()))))
        .deleted('a', S)
        .created('b', S),
      'shard end: the row of shard-0 comes back after the shard has ended',
    ],
  });
});

describe('outputs', () => {
  itHolds({
    'are visible after they were prepared': [
      visible(prepared(), 'one', 'x', 'y'),
      visible(reading(), 'one', 'x', 'y'),
      'outputs: a batch of shard-0 becomes visible that was never prepared',
    ],
    'are visible before they are committed': [
      visible(prepared(), 'one').wrote('a', S, { checkpoint: at(3), pending: undefined }),
      prepared().wrote('a', S, { checkpoint: at(3), pending: undefined }),
      'outputs: a batch of shard-0 is committed and not visible',
    ],
    'are thrown away only before their prepare is sent': [
      reading().add({ kind: 'thrownAway', shardId: S, state: bytes('one') }),
      reading()
        .asked(1, prepare(3, 'one'))
        .add({ kind: 'thrownAway', shardId: S, state: bytes('one') }),
      'outputs: what was uploaded for a batch of shard-0 is thrown away after its prepare was sent',
    ],
    'are visible in one batch only': [
      visible(visible(prepared(), 'one', 'x'), 'one', 'x'),
      visible(
        visible(prepared(), 'one', 'x')
          .wrote('a', S, { checkpoint: at(3), pending: undefined })
          .got(1, 4, 5)
          .asked(1, prepare(5, 'two', at(3)))
          .wrote('a', S, { pending: pending(5, 'two') }),
        'two',
        'x',
      ),
      'outputs: x is visible twice',
    ],
  });
});

describe('outputs of a fleet with a sink that acknowledges', () => {
  const beside = (): History => {
    const history = new History({ leaseDurationMs: 10_000, handOffTimeoutMs: 30_000, readsFromBeginning: true, acknowledges: true }); // prettier-ignore
    return history.shard(S).put(S, 1, 2, 3).process('a').created('a', S).took('a', S).began(1, 'a', S).got(1, 1, 2, 3);
  };
  const prepares = (history: History): History =>
    history.asked(1, prepare(2, 'one')).wrote('a', S, { pending: pending(2, 'one') });
  const acknowledged = (history: History, ...outputs: string[]): History =>
    history.add({ kind: 'acknowledged', shardId: S, outputs });
  itHolds({
    'are acknowledged before they are prepared': [
      prepares(acknowledged(beside(), 'shard-0 1', 'shard-0 2')),
      prepares(acknowledged(beside(), 'shard-0 1')),
      'outputs: a batch of shard-0 is prepared before shard-0 2 is acknowledged',
    ],
  });
});

describe('no failure', () => {
  itHolds({
    'of a worker is expected': [
      reading(),
      reading().add({ kind: 'failed', what: 'fatal', process: 'a', message: 'it gave up' }),
      'no failure: a: it gave up',
    ],
  });
});
