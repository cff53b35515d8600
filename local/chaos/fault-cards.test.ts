import { seededRandom } from '../../runtime/random';
import { faultRuleSchema } from '../faults/fault-rule';
import { processCards, wireCards, type WireLane } from './fault-cards';

const lanes = Object.keys(wireCards) as WireLane[];

test('every fault that is dealt is one that the emulators take, of its own service, and lets some calls through', () => {
  for (const lane of lanes)
    for (const { kind, deal } of wireCards[lane])
      for (let seed = 0; seed < 50; seed++)
        for (const rule of deal(seededRandom(seed)).rules) {
          const parsed = faultRuleSchema.safeParse(rule);
          expect({ kind, fault: parsed.error?.message }).toEqual({ kind, fault: undefined });
          expect(rule.service).toBe(lane);
        }
});

test('every kind of the emulators is dealt', () => {
  const dealt = lanes.flatMap((lane) => wireCards[lane].flatMap(({ deal }) => deal(seededRandom(1)).rules));
  const known = faultRuleSchema.options.map(({ shape }) => shape.kind.value);
  expect(new Set(dealt.map(({ kind }) => kind))).toEqual(new Set(known));
});

test('no two cards have one name', () => {
  const kinds = [...lanes.flatMap((lane) => wireCards[lane]), ...processCards({ shards: 8, leaseMs: 2_000 })].map(
    ({ kind }) => kind,
  );
  expect(new Set(kinds).size).toBe(kinds.length);
});

test('who stands still does so past failover', () => {
  for (const { deal } of processCards({ shards: 8, leaseMs: 2_000 }))
    for (let seed = 0; seed < 50; seed++) {
      const fault = deal(seededRandom(seed));
      if ('forMs' in fault) expect(fault.forMs).toBeGreaterThanOrEqual(3_000);
      if (fault.act === 'reshard') expect(fault.shards).toBeGreaterThanOrEqual(2);
    }
});
