import type { RecordProcessor } from '../shards/record-processor';
import { kcl } from './kcl';
import { processorFactoryOf } from './processor-file';

const processor = (pending = false): RecordProcessor => ({
  ...{ pending, initialize() {}, processRecords() {}, leaseLost() {}, shardEnded() {} },
});

describe('the file of a record processor', () => {
  it.each([
    ['a function', (make: () => RecordProcessor) => make],
    ['a default', (make: () => RecordProcessor) => ({ default: make })],
  ])('may export %s that makes one for a shard; it is loaded once', (_what, exporting) => {
    let loads = 0;
    const factory = processorFactoryOf(() => {
      loads++;
      return exporting(() => processor());
    });
    expect(factory('s1')).not.toBe(factory('s2'));
    expect(loads).toBe(1);
  });

  it('may call kcl(processor).run(), and is loaded anew for each life then: nothing of two shards is mixed', () => {
    const made: RecordProcessor[] = [];
    const factory = processorFactoryOf(() => {
      const one = processor();
      made.push(one);
      kcl(one).run();
      return {};
    });
    const given = ['s1', 's2', 's1'].map((shardId) => factory(shardId));
    expect(new Set(given).size).toBe(3);
    expect(made).toEqual(given);
  });

  it('may have a processor that commits in two phases: no daemon has to carry it', () => {
    const factory = processorFactoryOf(() => void kcl(processor(true)).run());
    expect(factory('s1').pending).toBe(true);
  });

  it.each([
    ['does neither', () => ({}), /must export a function .*or call kcl/],
    ['exports nothing', () => null, /must export a function/],
    ['has a fault of its own', () => JSON.parse('{') as unknown, /JSON/],
    ['runs what is no processor', () => void kcl({} as RecordProcessor).run(), /lacks initialize/],
  ])('that %s is refused', (_what, load, fault) => {
    expect(() => processorFactoryOf(load)).toThrow(fault);
  });

  it('must call run while it is loaded', () => {
    let later = (): void => undefined;
    const factory = processorFactoryOf(() => {
      kcl(processor()).run();
      later = () => kcl(processor()).run();
    });
    expect(() => later()).toThrow(/while the file is loaded/);
    let loads = 0;
    const once = processorFactoryOf(() => (loads++ === 0 ? kcl(processor()).run() : undefined));
    once('s1');
    expect(() => once('s2')).toThrow(/did not call kcl/);
    expect(factory('s1')).toBeDefined();
  });
});
