/**
 * DynamoDB as one simulated process sees it: the client of the SDK in what a lease table needs of it, `send`. Requests take
 * their time, get lost, arrive late or are refused because of their rate; the errors are the SDK's own. Every write that
 * leaves and every change of a row is written down.
 */
import {
  ConditionalCheckFailedException,
  ProvisionedThroughputExceededException,
  ScanCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { Lease } from '../../kinesis-client/leases/lease';
import type { Row } from '../../kinesis-client/leases/lease-row';
import type { Connection, FencedWrite } from './connection';
import type { Command, SimulatedTable } from './simulated-table';
import { afterItsTime, drawFate, soonEnough } from './weather';

/** A change by a request that was under way for longer came late. */
const LATE_MS = 2_500;

export function dynamodbOverNetwork(table: SimulatedTable, connection: Connection): DynamoDBClient {
  const send = (command: Command): Promise<unknown> => new Request(command, table, connection).send();
  return { send } as unknown as DynamoDBClient;
}

/** What of a command is about one row. */
interface RowInput {
  readonly Key?: Row;
  readonly Item?: Row;
  readonly UpdateExpression?: string;
}

class Request {
  private readonly sentMs: number;
  private readonly input: RowInput;
  private readonly leaseKey: string | undefined;

  constructor(
    private readonly command: Command,
    private readonly table: SimulatedTable,
    private readonly connection: Connection,
  ) {
    this.sentMs = connection.world.monotonicMs();
    this.input = command.input as RowInput;
    this.leaseKey = (this.input.Key ?? this.input.Item)?.leaseKey?.S;
  }

  async send(): Promise<unknown> {
    const { time, world, weather, leaseDurationMs, random, chronicle, isCut, strikesAt } = this.connection;
    const write = this.fencedWrite();
    if (write !== undefined) this.noteSent();
    if (isCut()) {
      await time.sleep(leaseDurationMs);
      throw timeout();
    }
    const drawn = drawFate(weather(), leaseDurationMs, random);
    const fate =
      write === undefined
        ? soonEnough(drawn, leaseDurationMs)
        : strikesAt(write)
          ? afterItsTime(leaseDurationMs, random)
          : drawn;
    chronicle.count(`request ${fate.kind}`);
    switch (fate.kind) {
      case 'throttled':
        await time.sleep(fate.thereMs);
        throw throttle();
      case 'request lost':
        await time.sleep(fate.givenUpMs);
        throw timeout();
      case 'answer lost':
        void world.sleep(fate.thereMs).then(() => this.applyUnheard());
        await time.sleep(fate.thereMs + fate.givenUpMs);
        throw timeout();
      case 'late':
        void world.sleep(fate.thereMs).then(() => this.applyUnheard());
        await time.sleep(fate.givenUpMs);
        throw timeout();
      case 'answered': {
        await world.sleep(fate.thereMs);
        const answer = await this.apply().then(
          (output) => () => output,
          (error: unknown) => () => {
            throw error;
          },
        );
        await time.sleep(fate.backMs);
        return answer();
      }
    }
  }

  /** Nobody waits for the answer, so no refusal counts. */
  private async applyUnheard(): Promise<void> {
    await this.apply().catch(() => undefined);
  }

  private async apply(): Promise<unknown> {
    const { table, command, leaseKey, connection } = this;
    const { chronicle, random, weather } = connection;
    if (command instanceof ScanCommand) return table.scan(command, random.next() < weather().staleScan);
    const before = leaseKey === undefined ? undefined : table.lease(leaseKey);
    const answer = table.send(command);
    if (leaseKey !== undefined) this.noteChange(leaseKey, before, table.lease(leaseKey));
    try {
      return await answer;
    } catch (error) {
      if (error instanceof ProvisionedThroughputExceededException) chronicle.count('write units exceeded');
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const isBare = random.next() < weather().withoutItem;
      chronicle.count(isBare ? 'condition failed without item' : 'condition failed with item');
      throw isBare ? new ConditionalCheckFailedException({ message: error.message, $metadata: {} }) : error;
    }
  }

  private fencedWrite(): FencedWrite | undefined {
    const { UpdateExpression: update = '' } = this.input;
    if (!update.includes('#leaseCounter = ')) return undefined;
    if (/#(checkpoint|pendingCheckpoint) = /.test(update)) return 'progress';
    return /REMOVE.*#(leaseOwner|checkpointOwner)/.test(update) ? 'letting go' : 'holding';
  }

  private noteSent(): void {
    const { chronicle, process } = this.connection;
    const isTake = this.input.UpdateExpression?.includes('#leaseOwner = ') === true;
    chronicle.note({ kind: 'writeSent', process, leaseKey: this.leaseKey as string, isTake });
  }

  private noteChange(leaseKey: string, before: Lease | undefined, after: Lease | undefined): void {
    const { chronicle, process, world } = this.connection;
    if (JSON.stringify(before, bigints) === JSON.stringify(after, bigints)) return;
    if (world.monotonicMs() - this.sentMs > LATE_MS) chronicle.count('write applied late');
    chronicle.note({ kind: 'rowChanged', process, leaseKey, sentMs: this.sentMs, before, after });
  }
}

const bigints = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** As the SDK's handler says it when nothing came back. */
const timeout = (): Error => Object.assign(new Error('no answer'), { name: 'TimeoutError' });

const throttle = (): Error => new ProvisionedThroughputExceededException({ message: 'too fast', $metadata: {} });
