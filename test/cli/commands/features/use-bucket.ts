/** `node use-bucket.ts`: downloads in each way that the commands of features have, and prints what it got as JSON. */
import { storedResults } from '../../../../cli/commands/features/results.ts';
import { sqliteWriter } from '../../../../cli/commands/features/write-sqlite.ts';

const results = storedResults('my-project', process.env);
const found = await results.read('results', 'out/_published/r-4.json');
const rows: unknown[] = [];
const published = {
  schema: 1,
  service: 'churn',
  release: 'r-4',
  version: '4',
  batch: 'b-1',
  acceptedAt: 0,
  at: 0,
  key: ['id'],
  files: [{ uri: 'gs://results/out/b-1/results.jsonl', generation: null }],
} as const;
for await (const { key } of results.rows(published)) rows.push(key);
const write = sqliteWriter(
  { kind: 'sqlite', uri: 'gs://results/store.sqlite', refreshMs: 1000 },
  process.env,
);
const columns = new Map([['id', { type: 'string', isList: false } as const]]);
await write(
  { table: 'customer', key: ['id'], time: null, columns, isNew: false, drops: [] },
  [['c']],
  () => {},
);
console.log(JSON.stringify({ found: found?.text, rows }));
