CREATE OR REPLACE VIEW bad AS
SELECT * FROM read_json(
  'data/s3/flotilla/bad/type=*/date=*/hour=*/*.jsonl.gz',
  format = 'newline_delimited',
  hive_partitioning = true,
  hive_types = {"type": VARCHAR, "date": DATE, "hour": VARCHAR},
  columns = {
    "schema": 'VARCHAR',
    "data": 'JSON'
  }
);
