/**
 * docs/batch.md: its configuration is one, its row is what the functions count as failed, its files are what is read, and
 * its sample is answered as the page shows.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { rowErrorOf } from '../../common/batch/rows.ts';
import { parseConfig } from '../../functions/config/config.ts';
import { slipwayHere } from '../cli/run-slipway.ts';
import { startLocalStack } from '../support/local-stack.ts';

vi.setConfig({ testTimeout: 120_000 });

const ROOT = new URL('../../', import.meta.url);
const page = readFileSync(fileURLToPath(new URL('docs/batch.md', ROOT)), 'utf8');
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

it('has a sample that is answered', async () => {
  const [, ...samples] = page.split('To try it');
  const shown = samples.join('').replaceAll('my-project-', 'e2e-project-');
  const [, sample = ''] = /```yaml\n(.*?)```/s.exec(shown) ?? [];
  const local = await startLocalStack(parse(sample).services);
  try {
    await local.land('breast-cancer', 'v1');
    await local.outcomes('breast-cancer', 1);
    const [, path = '', file = ''] =
      /"http:\/\/127\.0\.0\.1:9400(.*?)" --data-binary @(\S+)/.exec(shown) ?? [];
    const uploaded = await fetch(local.stack.url + path, {
      method: 'POST',
      body: readFileSync(fileURLToPath(new URL(file, ROOT))),
    });
    expect(uploaded.status).toBe(200);
    const [, words = ''] = /^\$ npx slipway --local (batch .*)$/m.exec(shown) ?? [];
    const { exitCode, stdout } = await slipwayHere(local, ...words.split(' '));
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/ Succeeded after .* version 1, /)]);
    const [, rows] = /, (\d+ of \d+ rows), /.exec(shown) ?? [];
    expect(stdout).toContain(`, ${rows}, `);
  } finally {
    await local.close();
  }
});
