/**
 * A worker of the Java KCL 3.4 or 3.5, at the level of rows and on virtual time, in one of its modes:
 * - 3X: a leader assigns, workers discover what is theirs and hand over when they are asked;
 * - COMPATIBLE: takes and steals as 2.x and writes down what the flip to 3X needs. The flip itself is left out: it comes
 *   only after ten minutes in which every owner of a lease reports metrics, so never beside 2.x or us;
 * - PHASE1 (3.5): takes and steals as 2.x, and writes nothing that 2.x would not.
 */
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { JavaKcl3Rows, REPORT_INTERVAL_MS, type Java3Version } from './java-kcl3-rows';
import { JavaLeaderLock } from './java-leader-lock';
import { JavaLeaseAssignment } from './java-lease-assignment';
import { assign, readAsJava34, readAsJava35, type JavaLease } from './java-lease-rows';
import type { OwnedLease } from './java-lease-renewer';
import { JavaWorker, type JavaWorkerOptions } from './java-worker';

export interface JavaKcl3Options {
  readonly version: Java3Version;
  readonly mode: '3X' | 'COMPATIBLE' | 'PHASE1';
  /** What each renewal writes in the mode 3X. Default 1. */
  readonly throughputKBps?: number;
}

const HAND_OFF_TIMEOUT_MS = 30_000;

export class JavaKcl3Worker extends JavaWorker {
  private readonly rows: JavaKcl3Rows;
  private readonly lock: JavaLeaderLock;
  private readonly assignment: JavaLeaseAssignment;
  private wasLeader = false;

  constructor(
    options: JavaWorkerOptions,
    private readonly kcl3: JavaKcl3Options,
  ) {
    const isSingleTable = kcl3.version === '3.5';
    super(options, '3.x', isSingleTable ? readAsJava35 : readAsJava34, isSingleTable ? 'LEASE' : undefined);
    const { dynamodb, applicationName, workerId, clock, random } = options;
    const { failoverMs, table } = this;
    this.rows = new JavaKcl3Rows(dynamodb, applicationName, kcl3.version);
    this.lock = new JavaLeaderLock(this.rows, workerId, clock, random);
    const activeWorkers = () => this.rows.activeWorkers(clock.wallMs());
    this.assignment = new JavaLeaseAssignment({ table, clock, random, failoverMs, activeWorkers });
  }

  get isLeader(): boolean {
    return this.wasLeader;
  }

  protected override async prepare(): Promise<void> {
    const { mode } = this.kcl3;
    const { workerId, clock } = this.options;
    if (mode === 'PHASE1') return;
    await this.rows.ensure();
    const cv = mode === '3X' ? 'CLIENT_VERSION_3X' : 'CLIENT_VERSION_UPGRADE_FROM_2X';
    await this.rows.createClientVersion(cv, workerId, clock.wallMs());
    await this.report();
  }

  protected startTaking(): void {
    const { mode } = this.kcl3;
    if (mode !== 'PHASE1') void this.every(REPORT_INTERVAL_MS, () => this.report());
    if (mode !== '3X') return void this.takeOnAndOn('3.x');
    void this.every(2 * this.failoverMs, () => this.lead());
    void this.every(this.failoverMs - 25, () => this.discover(), this.taking.signal);
  }

  protected override async onStop(): Promise<void> {
    await this.attempt(() => this.lock.release());
  }

  protected override get throughputKBps(): number | undefined {
    return this.kcl3.mode === '3X' ? (this.kcl3.throughputKBps ?? 1) : undefined;
  }

  /** Also when the application was asked to finish and takes too long. */
  protected override handOff(owned: OwnedLease): void {
    super.handOff(owned);
    void this.options.clock.sleep(HAND_OFF_TIMEOUT_MS, owned.gone.signal).then(() => this.letGo(owned));
  }

  /** The end of a hand-over: the receiver may start at the last checkpoint. Without one the row keeps its owner. */
  protected override async letGo(owned: OwnedLease): Promise<void> {
    const { lease } = owned;
    const isHandOff = lease.checkpointOwner !== undefined && lease.leaseOwner !== undefined;
    if (isHandOff && this.renewer.isHeld(owned))
      await this.attempt(() => this.table.update(lease.leaseKey, assign(lease, lease.leaseOwner ?? '')));
    await super.letGo(owned);
  }

  private report(): Promise<void> {
    return this.rows.report(this.options.workerId, this.options.clock.wallMs());
  }

  private async lead(): Promise<void> {
    const isLeader = await this.lock.isLeader();
    if (isLeader && !this.wasLeader) this.assignment.forget();
    this.wasLeader = isLeader;
    if (isLeader) await this.assignment.run();
  }

  /** Through the index by owner. A lease in a hand-over to this worker is not its own yet. */
  private async discover(): Promise<void> {
    const { dynamodb, applicationName, workerId } = this.options;
    const query = new QueryCommand({
      TableName: applicationName,
      IndexName: 'LeaseOwnerToLeaseKeyIndex',
      KeyConditionExpression: 'leaseOwner = :w',
      ExpressionAttributeValues: { ':w': { S: workerId } },
    });
    for (const { leaseKey } of (await dynamodb.send(query)).Items ?? []) {
      if (this.renewer.owned.has(leaseKey?.S ?? '')) continue;
      const lease: JavaLease | undefined = await this.table.get(leaseKey?.S ?? '');
      if (lease?.leaseOwner === workerId && lease.checkpointOwner === undefined) this.own(lease);
    }
  }
}
