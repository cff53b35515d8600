/**
 * Protective lines of the client and of the sinks, each with a way to break it. `npm run test:mutants` shows that the storms
 * of test/simulation/ notice every one of them. Some protections stand twice, behind each other; then all of them fall.
 */
export interface Mutant {
  /** As it is named on the command line. */
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Whose storms must notice it: those of the client alone, or those of the enricher with its sinks. */
  readonly world: 'client' | 'enricher';
  /** What the line protects from. */
  readonly why: string;
  /** Invariants that are not asked: where more than one protection falls, those that notice the others. */
  readonly ignoring?: readonly string[];
}

export interface Edit {
  /** From the root. */
  readonly file: string;
  /** Occurs once in it. */
  readonly find: string;
  readonly replace: string;
}

const LEASES = 'kinesis-client/leases';
const SHARDS = 'kinesis-client/shards';

const client = (name: string, why: string, ...edits: readonly Edit[]): Mutant => ({
  name,
  why,
  edits,
  world: 'client',
});
const enricher = (name: string, why: string, ...edits: readonly Edit[]): Mutant => ({ ...client(name, why, ...edits), world: 'enricher' }); // prettier-ignore
const ignoring = (names: readonly string[], mutant: Mutant): Mutant => ({ ...mutant, ignoring: names });
const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });

/** A condition that holds for every row that is there. */
const ANY = 'leaseKey: { S: lease.leaseKey }';

export const mutants: readonly Mutant[] = [
  client(
    'prepare-without-counter',
    'a stalled owner prepares its batch although somebody else has the lease',
    edit(
      `${LEASES}/lease-writes.ts`,
      'where: { ...seen(lease), ...checkpointAttributes(lease.checkpoint), pendingCheckpoint: null },',
      `where: { ...checkpointAttributes(lease.checkpoint), pendingCheckpoint: null },`,
    ),
  ),
  client(
    'commit-without-counter',
    'a stalled owner commits what the next one has taken over',
    edit(
      `${LEASES}/lease-writes.ts`,
      'where: { ...seen(lease), ...pendingAttributes(pending) },',
      'where: { ...pendingAttributes(pending) },',
    ),
  ),
  ignoring(
    ['one owner'],
    client(
      'commit-without-comparing',
      'a stalled owner commits its own batch over what the next one has prepared or done; the counter stands before it, so both fall', // prettier-ignore
      edit(
        `${LEASES}/lease-writes.ts`,
        'where: { ...seen(lease), ...pendingAttributes(pending) },',
        `where: { ${ANY} },`,
      ),
    ),
  ),
  client(
    'checkpoint-without-counter',
    'a stalled owner checkpoints although somebody else has the lease',
    edit(
      `${LEASES}/lease-writes.ts`,
      'where: { ...seen(lease), pendingCheckpoint: null },',
      'where: { pendingCheckpoint: null },',
    ),
  ),
  client(
    'checkpoint-clears-pending',
    'a plain checkpoint throws away what was prepared, as in Java; the rule is kept in three places, so all fall',
    edit(`${SHARDS}/shard-checkpointer.ts`, 'if (lease.pending !== undefined && !ignoresPending)', 'if (false)'),
    edit(`${LEASES}/held-lease.ts`, 'if (lease.pending !== undefined && !clearsPending)', 'if (false)'),
    edit(
      `${LEASES}/held-lease.ts`,
      'return clearsPending ? clearingPending(plan(lease)) : plan(lease);',
      'return clearingPending(plan(lease));',
    ),
  ),
  client(
    'own-earlier-write-is-a-take',
    'a take counts as applied because of a renewal of an earlier holding: the lease is trusted and its counter stands still',
    edit(
      `${LEASES}/settle-write.ts`,
      "if (row === undefined || write.kind === 'take' || !isApplied(write, row)) return answer;",
      'if (row === undefined || !isApplied(write, row)) return answer;',
    ),
  ),
  ignoring(
    ['own trust', 'one consumer'],
    client(
      'recovery-without-pending',
      'a write counts as applied although something else is pending in the row; that no take counts so, and that its holder goes on from the row as it was found, stand beside it, so all fall', // prettier-ignore
      edit(`${LEASES}/lease.ts`, '  samePending(a.pending, b.pending);', '  true;'),
      edit(
        `${LEASES}/settle-write.ts`,
        "if (row === undefined || write.kind === 'take' || !isApplied(write, row)) return answer;",
        'if (row === undefined || !isApplied(write, row)) return answer;',
      ),
      edit(
        `${LEASES}/settle-write.ts`,
        "return { kind: 'written', sentMs: firstSentMs, lease: row };",
        "return { kind: 'written', sentMs: firstSentMs, lease: write.after };",
      ),
    ),
  ),
  client(
    'applied-by-counter',
    'the write of another worker that moved the counter counts as an own one',
    edit(
      `${LEASES}/lease-writes.ts`,
      'return sameHolding(after, row) || (isAskedSince && sameProgress(after, row));',
      'return row.leaseCounter === after.leaseCounter;',
    ),
  ),
  client(
    'renewal-without-condition',
    'a stalled owner renews the lease of the next one',
    edit(
      `${LEASES}/lease-writes.ts`,
      'where: { ...seen(lease), ...(lease.checkpointOwner === undefined ? { checkpointOwner: null } : {}) },',
      `where: { ${ANY} },`,
    ),
  ),
  client(
    'take-without-counter',
    'a lease is taken from an owner who renewed it meanwhile, or from whoever was faster',
    edit(
      `${LEASES}/lease-writes.ts`,
      "kind: 'take',\n    leaseKey: lease.leaseKey,\n    where: seen(lease),",
      `kind: 'take',\n    leaseKey: lease.leaseKey,\n    where: { ${ANY} },`,
    ),
  ),
  client(
    'evict-without-counter',
    'a request to let go arrives late, when the same worker has the lease again',
    edit(
      `${LEASES}/lease-writes.ts`,
      '...seen(lease),\n      leaseOwner: leaseOwner === undefined ? null : { S: leaseOwner },',
      'leaseOwner: leaseOwner === undefined ? null : { S: leaseOwner },',
    ),
  ),
  client(
    'create-over-a-row',
    'a row that was made meanwhile begins anew',
    edit(
      `${LEASES}/dynamodb-lease-table.ts`,
      "ExpressionAttributeNames: { '#key': 'leaseKey' },",
      "ExpressionAttributeNames: { '#key': 'noSuchAttribute' },",
    ),
  ),
  client(
    'expired-too-early',
    'a lease is taken from an owner who is only late with a renewal',
    edit(`${LEASES}/observe-leases.ts`, 'silentMs(seen) > leaseDurationMs;', 'silentMs(seen) > leaseDurationMs / 2;'),
  ),
  client(
    'stamped-on-the-answer',
    'trust that counts from a slow answer outlasts the moment from which others may take the lease',
    edit(
      `${LEASES}/settle-write.ts`,
      "if (answer.kind === 'written') return { kind: 'written', sentMs, lease: write.after };",
      "if (answer.kind === 'written') return { kind: 'written', sentMs: clock.monotonicMs(), lease: write.after };",
    ),
  ),
  client(
    'trust-not-checked',
    'a process that wakes writes before its timers have told it that its time is up; it is asked in three places, so all fall', // prettier-ignore
    edit(
      `${LEASES}/held-lease.ts`,
      "      if (!this.checkTrust()) return 'lost';",
      "      if (this.lost.aborted) return 'lost';",
    ),
    edit(
      `${LEASES}/held-lease.ts`,
      '      isWorthTrying: () => this.checkTrust(),',
      '      isWorthTrying: () => !this.lost.aborted,',
    ),
    edit(
      `${SHARDS}/shard-checkpointer.ts`,
      'if (this.ended.aborted || !this.deps.held.isValid())',
      'if (this.ended.aborted)',
    ),
  ),
  client(
    'trust-ends-in-silence',
    'a processor goes on, unknowing, after the time of its lease is up',
    edit(`${LEASES}/held-lease.ts`, '    void this.watch();\n', ''),
  ),
  client(
    'renewed-after-letting-go',
    'a lease that was let go is held on to',
    edit(
      `${LEASES}/held-lease.ts`,
      "    this.drop(write.kind === 'evict' ? 'evicted' : 'handed-over');",
      '    this.loss.signal.throwIfAborted();',
    ),
  ),
  client(
    'steal-without-asking',
    'a lease is taken from a peer in the middle of its work',
    edit(`${LEASES}/lease-taker.ts`, "isOurWorkerId(fresh.leaseOwner ?? '') ? this.askFor(fresh) :", ''),
  ),
  client(
    'asked-owner-gets-no-time',
    'whoever asked for a lease takes it before its owner has ended what he has begun',
    edit(
      `${LEASES}/plan-leases.ts`,
      'handingOverMs(seen) > limits.handOffTimeoutMs + limits.leaseDurationMs;',
      'handingOverMs(seen) > limits.leaseDurationMs / 5;',
    ),
  ),
  client(
    'handed-over-at-work',
    'an owner who was asked lets go while his processor is in the middle of a batch',
    edit(`${LEASES}/lease-keeper.ts`, '      await clock.sleep(settings.handOffTimeoutMs, lost);\n', ''),
  ),
  client(
    'hand-off-of-any-owner',
    'an owner who is asked for a lease is not the one who has it',
    edit(
      `${LEASES}/lease-writes.ts`,
      'where: { leaseOwner: { S: owner }, checkpointOwner: null },',
      `where: { ${ANY} },`,
    ),
  ),
  client(
    'callback-after-release',
    'the next batch begins under a lease that is on its way to somebody else',
    edit(
      `${LEASES}/held-lease.ts`,
      'return !this.letting.signal.aborted && this.isTrusted();',
      'return this.isTrusted();',
    ),
  ),
  client(
    'iterator-before-initialize',
    'the shard is opened where it stood before what was pending is committed',
    edit(
      `${SHARDS}/shard-consumer.ts`,
      '    const interruptedBy = await this.session.initialize();',
      [
        '    const early = this.openReader();',
        '    Object.assign(this, { early, earlyRead: early.read(this.interrupts.signal) });',
        '    const interruptedBy = await this.session.initialize();',
      ].join('\n'),
    ),
    edit(
      `${SHARDS}/shard-consumer.ts`,
      '    const reader = this.openReader();',
      '    const { early: reader } = this as unknown as { early: ShardReader };',
    ),
    edit(
      `${SHARDS}/shard-consumer.ts`,
      '    let ahead = reader.read(signal);',
      '    let ahead = (this as unknown as { earlyRead: ReturnType<ShardReader["read"]> }).earlyRead;',
    ),
  ),
  client(
    'pending-not-told',
    'a processor begins without what it would have to finish',
    edit(
      `${SHARDS}/shard-session.ts`,
      'const recovery = pending === undefined ? {} : { pending: this.recoveryOf(pending) };',
      'const recovery = pending === undefined || Object.keys(pending).length > 0 ? {} : { pending: this.recoveryOf(pending) };', // prettier-ignore
    ),
  ),
  client(
    'children-after-shard-end',
    'a worker dies between the end of a shard and the rows of its children: nobody reads them',
    edit(
      `${SHARDS}/shard-consumer.ts`,
      '    const made = await (children === null ? childrenMaker.makeListed() : childrenMaker.make(children));\n',
      '    const ended = await this.alive.endShard();\n    if (ended !== null) return ended;\n    const made = await (children === null ? childrenMaker.makeListed() : childrenMaker.make(children));\n', // prettier-ignore
    ),
    edit(
      `${SHARDS}/shard-consumer.ts`,
      'return interruption ?? (await this.alive.endShard()) ?? this.endStored();',
      'return interruption ?? this.endStored();',
    ),
  ),
  client(
    'no-wait-for-parents',
    'records of a child come before those of its parents',
    edit(
      `${SHARDS}/shard-consumer.ts`,
      "if (parents.answer.every((parent) => parent === undefined || isFinished(parent))) return 'parentsEnded';",
      "return 'parentsEnded';",
    ),
  ),
  client(
    'merged-child-beside-one-parent',
    'the child of a merge overtakes the parent that nobody has begun',
    edit(
      `${SHARDS}/shard-end.ts`,
      'child.parentShardIds.length === 1 || parents.every((parent) => parent !== undefined);',
      'parents.length >= 0;',
    ),
  ),
  client(
    'half-an-end-believed',
    'a shard ends in the table because of one odd answer',
    edit(
      `${SHARDS}/shard-end.ts`,
      "if (nextIterator !== null) return children.length === 0 ? 'open' : 'invalid';",
      "if (nextIterator !== null) return 'open';",
    ),
    edit(
      `${SHARDS}/shard-end.ts`,
      "return complete ? 'end' : 'invalid';",
      "return complete || children.length >= 0 ? 'end' : 'invalid';",
    ),
  ),
  client(
    'end-before-the-last-records',
    'a shard ends in the table and its last records were given to nobody',
    edit(
      `${SHARDS}/shard-reader.ts`,
      "if (end === 'end') this.end = { kind: 'end', children: answer.children };",
      "if (end === 'end') return (this.end = { kind: 'end', children: answer.children });",
    ),
  ),
  client(
    'rows-deleted-too-soon',
    'a parent without a row no longer holds up its children',
    edit(`${LEASES}/plan-shard-sync.ts`, 'childShardIds.every((child) => isRead(rows.get(child))) &&', ''),
  ),
  client(
    'checkpoint-record-again',
    'the record of the checkpoint comes once more in the next life',
    edit(
      `${SHARDS}/open-records.ts`,
      'isAtIt ? after.subSequenceNumber + 1 : isPast ? 0 : Infinity',
      'isAtIt ? after.subSequenceNumber : isPast ? 0 : Infinity',
    ),
  ),
  client(
    'delivered-again',
    'records that a service gives twice come twice',
    edit(`${SHARDS}/open-records.ts`, ': isPast ? 0 : Infinity', ': 0'),
  ),
  client(
    'expired-iterator-at-latest',
    'what is written while an iterator expires is passed over',
    edit(
      `${SHARDS}/shard-reader.ts`,
      "      case 'expired':\n        this.open = null;",
      "      case 'expired':\n        this.open = null;\n        this.position = { type: 'LATEST' };",
    ),
  ),
  client(
    'expired-iterator-from-the-start',
    'a shard is read again from where the life began, each time that an iterator expires',
    edit(`${SHARDS}/shard-reader.ts`, '    this.position = nextPosition(this.position, answer);\n', ''),
  ),
  client(
    'latest-since-forgotten',
    'what is written between two owners who have not checkpointed yet is passed over',
    edit(
      `${SHARDS}/start-position.ts`,
      "return lease.latestSinceMs === undefined\n        ? { type: 'LATEST' }\n        : { type: 'AT_TIMESTAMP', timestampMs: lease.latestSinceMs };",
      "return { type: 'LATEST' };",
    ),
  ),
  client(
    'restart-goes-on-reading',
    'a processor that starts again at its checkpoint does not get what lies behind it again',
    edit(
      `${SHARDS}/shard-consumer.ts`,
      '    const reader = this.openReader();',
      '    const kept = this as unknown as { reader?: ShardReader };\n    const reader = (kept.reader ??= this.openReader());',
    ),
  ),
  client(
    'checkpointer-open-after-the-end',
    'a life that is over checkpoints records of the next one',
    edit(`${SHARDS}/shard-checkpointer.ts`, 'if (this.ended.aborted || !this.deps.held.isValid())', 'if (!this.deps.held.isValid())'), // prettier-ignore
  ),
  client(
    'two-lives-at-once',
    'a lease that comes back is consumed beside the consumer of its earlier holding',
    edit('kinesis-client/worker.ts', 'const over = this.untilEnded(before, held)', 'const over = Promise.resolve(before)'), // prettier-ignore
  ),
  enricher(
    'abort-on-lease-loss',
    'uploads of a batch that was prepared are thrown away by a worker whose lease is gone',
    edit(
      'sinks/commit-batch.ts',
      "  if (prepared === 'lost') return { kind: 'lost' };\n",
      "  if (prepared === 'lost') {\n    await abort(batch);\n    return { kind: 'lost' };\n  }\n",
    ),
  ),
  enricher(
    'prepare-before-the-other-sink',
    'a batch is final before the sink beside has it',
    edit(
      'sinks/commit-batch.ts',
      'const acknowledgements = batch.acknowledging.map((one) => one.acknowledged());',
      'const acknowledgements: Promise<void>[] = [];\n  for (const one of batch.acknowledging) void one.acknowledged().catch(() => undefined);',
    ),
  ),
  enricher(
    'commit-before-complete',
    'the checkpoint passes files that nobody completes',
    edit(
      'sinks/commit-batch.ts',
      '  const completion = await completeAll(\n    batch.committing',
      '  await settleCheckpoint(() => prepared.commit(), retries, signal);\n  const completion = await completeAll(\n    batch.committing',
    ),
  ),
  enricher(
    'complete-before-prepare',
    'files are visible whose records the next owner reads again',
    edit(
      'sinks/commit-batch.ts',
      '  const prepared = await settleCheckpoint(',
      '  await completeAll(batch.committing.map(({ sink }) => sink), states, shard, range.to, signal);\n  const prepared = await settleCheckpoint(', // prettier-ignore
    ),
  ),
  enricher(
    'recovery-without-complete',
    'what an earlier owner prepared is committed and never becomes visible',
    edit(
      'sinks/recover-commit.ts',
      'const completion = await completeAll(sinks, decoded.sinks, shard, to, signal);',
      "const completion = { kind: 'done' } as Awaited<ReturnType<typeof completeAll>>;",
    ),
  ),
];
