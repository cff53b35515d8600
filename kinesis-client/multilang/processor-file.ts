/**
 * Loads the file of a record processor for a worker of this client: either it exports a function that makes a processor for a
 * shard, or it calls `kcl(processor).run()` as a child of the MultiLangDaemon does. Used by main.ts.
 */
import { createRequire } from 'node:module';
import { messageOf } from '../../runtime/errors';
import type { RecordProcessor } from '../shards/record-processor';
import { hostNatively } from './native-host';

export type ProcessorFactory = (shardId: string) => RecordProcessor;

/** `path`: absolute. @throws as `processorFactoryOf`, the path in front. */
export function loadProcessorFile(path: string): ProcessorFactory {
  const load = createRequire(__filename);
  try {
    return processorFactoryOf(() => {
      delete load.cache[load.resolve(path)];
      return load(path) as unknown;
    });
  } catch (error) {
    throw new Error(`${path}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Such a child has one processor and one shard, and may keep what it knows of the shard anywhere in its file: so the file is loaded
 * anew for each life of a processor. What it requires is loaded once and shared by all shards.
 *
 * `loadAnew`: runs the file again, whatever was loaded before, and gives what it exports.
 * @throws Error when the file does neither; and whatever the file throws.
 */
export function processorFactoryOf(loadAnew: () => unknown): ProcessorFactory {
  let given: RecordProcessor | null = null;
  let isLoading = false;
  hostNatively({
    take(processor) {
      if (!isLoading) throw new Error('call kcl(processor).run() while the file is loaded, not later');
      given = processor;
    },
  });
  const load = (): { readonly processor: RecordProcessor | null; readonly exported: unknown } => {
    given = null;
    isLoading = true;
    try {
      const exported = loadAnew();
      return { processor: given, exported };
    } finally {
      isLoading = false;
    }
  };

  const { processor, exported } = load();
  const factory = factoryIn(exported);
  if (factory !== null) return factory;
  if (processor === null)
    throw new Error('it must export a function that makes a record processor, or call kcl(processor).run()');
  let unused: RecordProcessor | null = processor;
  return () => {
    const next = unused ?? load().processor;
    unused = null;
    if (next === null) throw new Error('loaded again it did not call kcl(processor).run()');
    return next;
  };
}

function factoryIn(exported: unknown): ProcessorFactory | null {
  if (typeof exported === 'function') return exported as ProcessorFactory;
  const byDefault = (exported as { readonly default?: unknown } | null)?.default;
  return typeof byDefault === 'function' ? (byDefault as ProcessorFactory) : null;
}
