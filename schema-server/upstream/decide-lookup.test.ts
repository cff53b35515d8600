import type { Repository } from '../../protocol/resolver-config';
import {
  copiedRepositories,
  endsWalk,
  isVouchedFor,
  missHoldsMs,
  planLookup,
  planRefresh,
  verdictOf,
  type LookupPlan,
  type Outcome,
  type Verdict,
} from './decide-lookup';

const repository = (name: string, vendorPrefixes: string[] = [], kind: 'http' | 'embedded' = 'http'): Repository => ({
  name,
  priority: 0,
  vendorPrefixes,
  connection: kind === 'http' ? { kind, uri: `http://${name}.example`, apiKey: null } : { kind, path: `/${name}` },
});
const acme = repository('acme', ['com.acme']);
const any = repository('any', ['']);
const own = repository('own', [], 'embedded');

const said = (one: Repository, kind: Outcome['kind']): Outcome =>
  kind === 'found'
    ? { kind, repository: one, text: Buffer.from('{}') }
    : { kind, repository: one, error: { error: 'NotFound' }, atMs: 0 };

describe('whether a repository is asked', () => {
  const now = { wallMs: 1_000_000, monotonicMs: 5_000 };
  const copy = (ageMs: number, refreshFromMs = -Infinity) => ({
    repository: 'any',
    checkedAtMs: now.wallMs - ageMs,
    refreshFromMs,
  });
  it.each<[string, Parameters<typeof planLookup>[0], LookupPlan]>([
    ['nothing is known', {}, 'ask'],
    ['a copy is fresh', { copy: copy(59_999) }, 'serve'],
    ['a copy is as old as it may be', { copy: copy(60_000) }, 'serve-and-refresh'],
    ['a copy is of last year', { copy: copy(3e10) }, 'serve-and-refresh'],
    ['a copy is of tomorrow: the clock was turned back', { copy: copy(-1) }, 'serve-and-refresh'],
    ['its refresh failed a moment ago', { copy: copy(60_000, 5_001) }, 'serve'],
    ['its refresh failed a while ago', { copy: copy(60_000, 5_000) }, 'serve-and-refresh'],
    ['it was missing a moment ago', { missUntilMs: 5_001 }, 'say-missing'],
    ['it was missing a while ago', { missUntilMs: 5_000 }, 'ask'],
    ['a copy outlives what was missing', { copy: copy(0), missUntilMs: 9_000 }, 'serve'],
  ])('when %s', (_when, known, plan) => {
    expect(planLookup(known, now, 60_000)).toBe(plan);
  });
});

describe('who vouches for a schema', () => {
  const config = { cacheSize: 0, cacheTtlSeconds: null, repositories: [acme, any] };
  it.each<[string, boolean, boolean]>([
    ['com.acme', false, true],
    ['com.acmecorp', false, true],
    ['com.foreign', false, false],
    ['com.foreign', true, true],
  ])('%s, resolved before: %s', (vendor, wasResolved, expected) => {
    expect(isVouchedFor(config, vendor, wasResolved)).toBe(expected);
  });
});

describe('what the answers together mean', () => {
  it.each<[Outcome[], string, boolean, Verdict]>([
    [[], 'com.acme', false, 'missing'],
    [[said(acme, 'found')], 'com.acme', false, 'found'],
    [[said(acme, 'unavailable'), said(any, 'found')], 'com.acme', false, 'found'],
    [[said(acme, 'not-found'), said(any, 'not-found')], 'com.acme', false, 'missing'],
    [[said(acme, 'not-found'), said(any, 'not-found')], 'com.acme', true, 'missing'],
    [[said(acme, 'refused'), said(any, 'not-found')], 'com.acme', true, 'missing'],
    [[said(acme, 'unavailable'), said(any, 'not-found')], 'com.acme', false, 'wait'],
    [[said(acme, 'not-asked'), said(any, 'not-found')], 'com.acme', false, 'wait'],
    [[said(acme, 'not-found'), said(any, 'unavailable')], 'com.acme', false, 'unsure'],
    [[said(acme, 'not-found'), said(any, 'not-asked')], 'com.acme', true, 'wait'],
    [[said(acme, 'unavailable'), said(any, 'not-found')], 'com.foreign', false, 'unsure'],
    [[said(any, 'unavailable')], 'com.foreign', false, 'unsure'],
    [[said(any, 'unavailable')], 'com.foreign', true, 'wait'],
  ])('%#', (outcomes, vendor, wasResolved, verdict) => {
    expect(verdictOf(outcomes, vendor, wasResolved)).toBe(verdict);
  });
});

test.each<[Verdict, Outcome['kind'], number]>([
  ['missing', 'not-found', 10],
  ['missing', 'refused', 10],
  ['unsure', 'unavailable', 60],
  ['unsure', 'not-asked', 0],
  ['wait', 'unavailable', 0],
  ['wait', 'not-asked', 0],
])('%s after %s holds for %i', (verdict, kind, holdsMs) => {
  expect(missHoldsMs(verdict, [said(any, kind)], { notFoundTtlMs: 10, unsureTtlMs: 60 })).toBe(holdsMs);
});

test.each<[Outcome[], ReturnType<typeof planRefresh>, string]>([
  [[said(acme, 'found')], 'replace', 'its repository has it'],
  [[said(acme, 'not-found'), said(any, 'found')], 'replace', 'another has it now'],
  [[said(acme, 'not-found'), said(any, 'not-found')], 'drop', 'it is gone'],
  [[said(acme, 'not-found'), said(any, 'unavailable')], 'drop', 'it is gone, whatever others would say'],
  [[said(acme, 'unavailable')], 'keep', 'nobody can say'],
  [[said(acme, 'not-asked')], 'keep', 'nobody was asked'],
  [[said(acme, 'refused')], 'keep', 'what there is now is of no use'],
])('%#: a copy', (outcomes, plan) => {
  expect(planRefresh(outcomes, 'acme')).toBe(plan);
});

test.each<[Outcome['kind'], string | undefined, boolean]>([
  ['found', undefined, true],
  ['not-found', undefined, false],
  ['unavailable', undefined, false],
  ['unavailable', 'any', false],
  ['unavailable', 'acme', true],
  ['refused', 'acme', true],
  ['not-asked', 'acme', true],
  ['not-found', 'acme', false],
])('the walk that meets %s, with a copy of %s, ends: %s', (kind, copyOf, ends) => {
  expect(endsWalk(said(acme, kind), copyOf)).toBe(ends);
});

test('copies are of repositories that are far, in the order of asking', () => {
  const config = { cacheSize: 0, cacheTtlSeconds: null, repositories: [own, repository('x'), acme] };
  expect(copiedRepositories(config, 'com.acme').map(({ name }) => name)).toEqual(['acme', 'x']);
  expect(copiedRepositories(config, 'org.other').map(({ name }) => name)).toEqual(['x', 'acme']);
});
