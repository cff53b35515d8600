/**
 * dynalite 4.0.0 without its HTTP server: its LevelDB store and its actions, promised and typed. Each call sees the store
 * through a view of its own, which remembers the item that a condition was checked against, and which turns an exception
 * in one of dynalite's callbacks into a failure of that call alone (a hostile expression can cause one).
 */
import { createRequire } from 'node:module';
import type { Params } from '../aws-handler';
import { ServiceError } from '../service-error';

export type Item = Readonly<Record<string, unknown>>;
type Callback<T = unknown> = (error: (Error & { statusCode?: number; body?: object }) | null, result?: T) => void;
type Release = (done: (...results: unknown[]) => void) => (...results: unknown[]) => void;
interface Emitter {
  on(event: string, listener: (...values: unknown[]) => void): unknown;
}
interface Level<V> {
  get(key: string, done: Callback<V>): void;
  put(key: string, value: V, done: Callback): void;
  lock(key: string, run: (release: Release) => void): void;
  createValueStream(range?: object): Emitter;
  createKeyStream(): AsyncIterable<string>;
}
type Status = 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING';
interface Table {
  TableStatus: Status;
  readonly GlobalSecondaryIndexes?: { IndexStatus: Status }[];
}
interface Store {
  readonly tableDb: Level<Table>;
  getTable(name: string, ...rest: [Callback<Table>] | [boolean, Callback<Table>]): void;
  getItemDb(table: string): Level<Item>;
  getIndexDb(kind: string, table: string, index: string): Level<Item>;
  readonly db: { open(): Promise<void> };
  readonly lifecycleManager: { gracefulClose(): Promise<void> };
}
interface Validations {
  checkTypes(params: Params, types: object): Params;
  checkValidations(params: Params, types: object, custom: unknown, store: Store): void;
}

const load = createRequire(__filename);
const validations = load('dynalite/validations') as Validations;
const { create } = load('dynalite/db') as { create(options: object): Store };

export const dynaliteOperations = [
  'BatchGetItem', 'BatchWriteItem', 'CreateTable', 'DeleteItem', 'DeleteTable', 'DescribeTable', 'DescribeTimeToLive',
  'GetItem', 'ListTables', 'PutItem', 'Query', 'Scan', 'TagResource', 'UntagResource', 'ListTagsOfResource',
  'UpdateItem', 'UpdateTable',
] as const; // prettier-ignore
export type DynaliteOperation = (typeof dynaliteOperations)[number];

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
const loadEach = <T>(folder: string): Record<string, T> =>
  Object.fromEntries(dynaliteOperations.map((name) => [name, load(`dynalite/${folder}/${lowerFirst(name)}`) as T]));
const actions = loadEach<(store: Store, params: Params, done: Callback) => void>('actions');
const described = loadEach<{ types: object; custom?: unknown }>('validations');

export interface DynaliteStoreOptions {
  /** The LevelDB folder; without one everything stays in memory. */
  readonly path?: string;
  readonly createTableMs: number;
  readonly deleteTableMs: number;
  readonly updateTableMs: number;
}

/** A failed call, with the item that its condition was checked against. */
export interface Refused {
  readonly error: ServiceError;
  readonly item: Item | undefined;
}

export interface DynaliteStore {
  /**
   * Opens the folder, and ends what the death of an earlier process left half done: tables that were being made are
   * there, those that were being deleted are not. Rejects when the folder cannot be opened, for example because another
   * process has it.
   */
  open(): Promise<void>;
  /** Checks the parameters as the service does and runs dynalite's action. Rejects with what is no service error. */
  act(operation: DynaliteOperation, params: Params): Promise<{ readonly result: unknown } | Refused>;
  close(): Promise<void>;
}

export function openDynaliteStore(options: DynaliteStoreOptions): DynaliteStore {
  const store = create({ ...options });
  const act: DynaliteStore['act'] = async (operation, params) => {
    const { types, custom } = described[operation]!;
    try {
      const checked = validations.checkTypes(params, types);
      validations.checkValidations(checked, types, custom, store);
      return await runAction(store, operation, checked);
    } catch (error) {
      const { statusCode, body } = error as { statusCode?: number; body?: object };
      if (statusCode === undefined) throw error;
      return { error: new ServiceError(statusCode, { ...body }), item: undefined };
    }
  };
  return {
    act,
    async open() {
      await store.db.open();
      for await (const name of store.tableDb.createKeyStream()) await recoverTable(store, name, act);
    },
    close: () => store.lifecycleManager.gracefulClose(),
  };
}

async function recoverTable(store: Store, name: string, act: DynaliteStore['act']): Promise<void> {
  const promised = <T>(run: (done: Callback<T>) => void): Promise<T | undefined> =>
    new Promise((resolve, reject) => run((error, result) => (error ? reject(error) : resolve(result))));
  const table = await promised<Table>((done) => store.tableDb.get(name, done));
  if (!table || table.TableStatus === 'ACTIVE') return;
  if (table.TableStatus === 'DELETING') return void (await act('DeleteTable', { TableName: name }));
  table.TableStatus = 'ACTIVE';
  for (const index of table.GlobalSecondaryIndexes ?? []) index.IndexStatus = 'ACTIVE';
  await promised((done) => store.tableDb.put(name, table, done));
}

function runAction(
  store: Store,
  operation: DynaliteOperation,
  params: Params,
): Promise<{ readonly result: unknown } | Refused> {
  return new Promise((resolve, reject) => {
    const view = viewOf(store, reject);
    actions[operation]!(view.store, params, (error, result) => {
      if (!error) resolve({ result });
      else if (error.statusCode === undefined) reject(error);
      else resolve({ error: new ServiceError(error.statusCode, { ...error.body }), item: view.lastItem() });
    });
  });
}

/** The store for one call. `fail` hears of what a callback throws; the locks that the call holds are let go then. */
function viewOf(store: Store, fail: (error: unknown) => void): { store: Store; lastItem(): Item | undefined } {
  let lastItem: Item | undefined;
  const unlocks: (() => void)[] = [];
  const guarded =
    <A extends unknown[]>(callback: (...values: A) => void) =>
    (...values: A): void => {
      try {
        callback(...values);
      } catch (error) {
        fail(error);
        for (const unlock of unlocks.splice(0)) unlock();
      }
    };
  const guardedDb = <V>(db: Level<V>, remember: (value: V | undefined) => void = () => undefined): Level<V> => ({
    ...db,
    get: (key, done) =>
      db.get(
        key,
        guarded((error, value) => {
          remember(value);
          done(error, value);
        }),
      ),
    put: (key, value, done) => db.put(key, value, guarded(done)),
    lock: (key, run) =>
      db.lock(
        key,
        guarded((release: Release) => {
          unlocks.push(release(() => undefined));
          run(release);
        }),
      ),
    createValueStream(range) {
      const stream = db.createValueStream(range);
      const on = stream.on.bind(stream);
      stream.on = (event, listener) => on(event, guarded(listener));
      return stream;
    },
  });
  return {
    store: {
      ...store,
      tableDb: guardedDb(store.tableDb),
      getTable: (name, ...rest) =>
        rest.length === 1 ? store.getTable(name, guarded(rest[0])) : store.getTable(name, rest[0], guarded(rest[1])),
      getItemDb: (table) => guardedDb(store.getItemDb(table), (item) => (lastItem = item)),
      getIndexDb: (kind, table, index) => guardedDb(store.getIndexDb(kind, table, index)),
    },
    lastItem: () => lastItem,
  };
}
