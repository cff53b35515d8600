/** The statements that tell DuckDB every column and its type. */
import { duckdbBad, duckdbEnriched, usualEntityKeys } from '../protocol/reader-columns';

/** Where `npm start` writes, from the folder of the repository. */
const LOCAL_OUTPUT = 'data/s3/flotilla';

export const referencePages = (): Record<string, string> => ({
  'docs/duckdb/enriched.sql': duckdbEnriched(LOCAL_OUTPUT, usualEntityKeys),
  'docs/duckdb/bad.sql': duckdbBad(LOCAL_OUTPUT),
});
