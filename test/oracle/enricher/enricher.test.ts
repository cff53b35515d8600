/** Every recorded case of Snowplow's enricher against ours, with the differences that we want and no other. */
import { seededRandom } from '../../../runtime/random';
import { allowedDifferences, type Compared } from './allowed-differences';
import { comparable, resultOf } from './compare-results';
import { readEnrichCases, type EnrichCase } from './cases';
import { createOracleSchemas } from './schemas';
import { sharedData, skipped } from '../../shared-data';
import { enrichRecord, type Known } from '../../../enricher/enrich';

const paths = ['oracle/enrich-cases.jsonl.gz', 'iglu-central/schemas', 'oracle/schemas'].map(sharedData);
const [casesPath, centralPath, acmePath] = paths;

function results(oracleCase: EnrichCase, known: Known): Compared {
  const enrichment = enrichRecord(oracleCase.record, known);
  if (enrichment.kind !== 'outcomes') throw new Error('All schemas are known, and yet some are asked for');
  const ours = enrichment.outcomes.flatMap((outcome) => resultOf(outcome) ?? []);
  const { results: theirs, volatile } = oracleCase.expected;
  return { theirs: comparable(theirs, volatile), ours: comparable(ours, volatile) };
}

describe('enrichRecord', () => {
  if (!casesPath || !centralPath || !acmePath) {
    skipped('oracle/enricher', 'the recorded cases or their schemas are not beside the repository');
    it('has no recorded cases to compare with', () => undefined);
    return;
  }
  const cases = readEnrichCases(casesPath);
  const known: Known = {
    schemas: createOracleSchemas({ 'Iglu Central': centralPath, Acme: acmePath }),
    etlTimestampMs: Date.UTC(2023, 10, 14, 22, 15, 0, 456),
    processor: { artifact: 'snowplow-enrich-kinesis', version: '3.9.0' },
    random: seededRandom(1),
  };
  const used = new Set<object>();

  const compare = (oracleCase: EnrichCase): void => {
    let compared = results(oracleCase, known);
    for (const difference of allowedDifferences) {
      const changed = difference.apply(compared, oracleCase);
      if (changed === undefined) continue;
      used.add(difference);
      const { volatile } = oracleCase.expected;
      compared = { theirs: comparable(changed.theirs, volatile), ours: comparable(changed.ours, volatile) };
    }
    expect(compared.ours).toEqual(compared.theirs);
  };

  it.each(cases.map((oracleCase): [string, EnrichCase] => [oracleCase.id, oracleCase]))('%s', (_, oracleCase) =>
    compare(oracleCase),
  );

  it.each(allowedDifferences.map((difference) => [difference.row, difference.ours, difference]))(
    'needs the difference %s: %s',
    (_row, _ours, difference) => expect(used).toContain(difference),
  );
});
