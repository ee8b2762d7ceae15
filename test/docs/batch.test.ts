/** docs/batch.md: its configuration is one, its row is what the functions count as failed, its files are what is read. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { rowErrorOf } from '../../common/batch/rows.ts';
import { parseConfig } from '../../functions/config/config.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/batch.md', import.meta.url)), 'utf8');
const blockOf = (language: string) =>
  new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(page)?.[1] ?? '';

it('has a configuration that is taken', () => {
  const own = blockOf('yaml').replace(
    '    batch:',
    '    artifacts: gs://my-project-models/churn/*/model.onnx\n    image: i.docker.pkg.dev/p/r/i\n    endpoint: churn\n    batch:',
  );
  const { services } = parseConfig(
    `project: my-project\nregion: us-central1\nstate: my-project-state\n${own}`,
  );
  expect(services.get('churn')?.batch).toMatchObject({
    replicas: 2,
    key: 'user_id',
    deadlineMs: 6 * 3_600_000,
  });
});

it('has a refused row as it is written', () => {
  expect(rowErrorOf(JSON.parse(blockOf('json')).prediction)).toMatchObject({ code: 400 });
});

it('grants what can be granted', () => {
  expect(blockOf('sh')).toMatch(
    /^gcloud storage buckets add-iam-policy-binding gs:\/\/my-project-batch .*\n$/,
  );
});
