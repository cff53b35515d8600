import { chaosChecks, verdict, type ChaosFindings } from './verdict';

const good: ChaosFindings = {
  comparison: { notInStream: [], notInOutput: [], doubled: [], putAgain: 4, records: 104, lines: 104 },
  accepted: 100,
  felt: new Map([
    ['s3 freeze', 3],
    ['kill enricher', 5],
  ]),
  facts: { recoveries: 5, fencedWrites: 3, stoppedShards: 0 },
  fileFaults: [],
  stopFaults: [],
  pending: [],
  files: 20,
  crashes: 1,
  failedRequests: 7,
};

function judged(change: Partial<ChaosFindings>): { holds: boolean; line: string } {
  const findings = { ...good, ...change };
  const checks = chaosChecks(findings);
  return { holds: checks.every(({ holds }) => holds), line: verdict(checks, findings.felt) };
}

test('all holds', () => {
  expect(judged({})).toEqual({ holds: true, line: expect.stringMatching(/^HOLDS: every user record/) as string });
});

test.each<[string, Partial<ChaosFindings>, string]>([
  ['an event that was accepted is lost', { comparison: { ...good.comparison, notInStream: ['a'] } }, 'accepted, not in the stream: 1'], // prettier-ignore
  ['a record is not in S3', { comparison: { ...good.comparison, notInOutput: ['a', 'b'] } }, 'in the stream, not in S3: 2'], // prettier-ignore
  ['a line is doubled', { comparison: { ...good.comparison, doubled: ['a'] } }, 'more often in S3 than in the stream: 1'], // prettier-ignore
  ['a file changed', { fileFaults: ['x has changed'] }, 'files that changed, vanished or were not whole: 1'],
  ['a shard stands still', { facts: { ...good.facts, stoppedShards: 1 } }, 'shards that stood still for a person: 1'],
  ['a commit is left', { pending: ['shard'] }, 'commits left pending: 1'],
  ['an enricher had to be killed', { stopFaults: ['enricher-1'] }, 'processes that did not stop in order: 1'],
])('%s: broken, also when too little happened', (_name, change, named) => {
  const { holds, line } = judged({ facts: { ...good.facts, recoveries: 0 }, ...change });
  expect(holds).toBe(false);
  expect(line).toBe(`BROKEN: ${named}`);
});

test.each<[string, Partial<ChaosFindings>, string]>([
  ['a kind struck twice only', { felt: new Map([...good.felt, ['s3 resets', 2]]) }, 'struck fewer than 3 times: s3 resets 2'], // prettier-ignore
  ['many kinds struck twice only', { felt: new Map(Array.from({ length: 9 }, (_, n) => [`kind ${n}`, 2])) }, 'struck fewer than 3 times: kind 0 2, kind 1 2, kind 2 2, kind 3 2, kind 4 2, kind 5 2 and 3 kinds more'], // prettier-ignore
  ['no commit was finished by another', { facts: { ...good.facts, recoveries: 4 } }, 'pending commits finished by a later owner: 4'], // prettier-ignore
  ['nobody was fenced', { facts: { ...good.facts, fencedWrites: 2 } }, 'writes refused to former owners: 2'],
])('%s: inconclusive', (_name, change, named) => {
  const { holds, line } = judged(change);
  expect(holds).toBe(false);
  expect(line).toMatch(/^INCONCLUSIVE: /);
  expect(line).toContain(`(${named})`);
});
