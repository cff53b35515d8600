import { at, aLease, bytes } from '../../test/lease-builders';
import {
  actualOwner,
  compareCheckpoints,
  isSequenceNumber,
  receiverFrom,
  sameHolding,
  sameProgress,
  type Lease,
} from './lease';

const digits = '49590338271490256608559692538361571095921585884741238882';
const inOrder = [
  at('AT_TIMESTAMP'),
  at('TRIM_HORIZON'),
  at('LATEST'),
  at('0'),
  at('9'),
  at('10'),
  at('10', 1),
  at('10', 10),
  at(digits),
  at(`${digits}0`),
  at('SHARD_END'),
];

describe('compareCheckpoints', () => {
  it('orders sentinels, digits by value, sub-sequence numbers, SHARD_END last', () => {
    for (const [i, a] of inOrder.entries()) {
      for (const [j, b] of inOrder.entries()) expect(Math.sign(compareCheckpoints(a, b))).toBe(Math.sign(i - j));
    }
  });

  it('sees SHARD_END as equal to itself whatever the sub-sequence number', () => {
    expect(compareCheckpoints(at('SHARD_END', 3), at('SHARD_END'))).toBe(0);
  });

  it('throws for what is no sequence number', () => {
    expect(() => compareCheckpoints(at('shardId'), at('1'))).toThrow(SyntaxError);
  });
});

describe('isSequenceNumber', () => {
  it.each(['', '-1', '1.5', '0x10', 'trim_horizon', ' 1', '1e5'])('refuses %j', (text) => {
    expect(isSequenceNumber(text)).toBe(false);
  });
  it.each(['0', digits, 'TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP', 'SHARD_END'])('takes %j', (text) => {
    expect(isSequenceNumber(text)).toBe(true);
  });
});

describe('sameHolding', () => {
  const lease = aLease('shard-0', { leaseOwner: 'me', pending: { checkpoint: at(5), state: bytes('plan') } });
  it.each<[string, Partial<Lease>]>([
    ['owner', { leaseOwner: 'you' }],
    ['owner, gone', { leaseOwner: undefined }],
    ['counter', { leaseCounter: 1n }],
    ['switches', { ownerSwitchesSinceCheckpoint: 1n }],
    ['checkpoint', { checkpoint: at(4) }],
    ['checkpoint owner', { checkpointOwner: 'me' }],
    ['start of LATEST', { latestSinceMs: 1 }],
    ['pending, gone', { pending: undefined }],
    ['pending position', { pending: { checkpoint: at(5, 1), state: bytes('plan') } }],
    ['pending state', { pending: { checkpoint: at(5), state: bytes('other') } }],
    ['pending state, gone', { pending: { checkpoint: at(5) } }],
  ])('tells another %s apart', (_what, change) => {
    expect(sameHolding(lease, { ...lease })).toBe(true);
    expect(sameHolding(lease, { ...lease, ...change })).toBe(false);
    expect(sameHolding({ ...lease, ...change }, lease)).toBe(false);
  });
  it('does not look at what others may write at any time, nor at hints', () => {
    const change = { childShardIds: ['shard-1'], hashRange: { start: '0', end: '1' }, parkedAtMs: 7 };
    expect(sameHolding(lease, { ...lease, ...change })).toBe(true);
  });
  it('is the same progress under another owner', () => {
    expect(sameProgress(lease, { ...lease, leaseOwner: 'you', checkpointOwner: 'me' })).toBe(true);
    expect(sameProgress(lease, { ...lease, leaseCounter: 1n })).toBe(false);
  });
});

describe('a lease in a hand-off', () => {
  const promised = aLease('shard-0', { leaseOwner: 'next', checkpointOwner: 'now' });

  it('still belongs to its old owner', () => {
    expect(actualOwner(promised)).toBe('now');
    expect(actualOwner({ ...promised, checkpointOwner: undefined })).toBe('next');
  });

  it.each<[string, string | undefined, Partial<Lease>, string | undefined]>([
    ['its old owner is asked', 'now', {}, 'next'],
    ['its next owner is not', 'next', {}, undefined],
    ['nor is anybody else', 'she', {}, undefined],
    ['nor nobody', undefined, { checkpointOwner: undefined }, undefined],
    ['one cannot be asked to hand over to himself', 'now', { leaseOwner: 'now' }, undefined],
    ['nor to nobody', 'now', { leaseOwner: undefined }, undefined],
  ])('%s', (_what, owner, change, receiver) => {
    expect(receiverFrom(owner, { ...promised, ...change })).toBe(receiver);
  });
});
