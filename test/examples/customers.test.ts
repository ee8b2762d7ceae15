/** The artifacts of examples/customers fit one interface, and features.py writes what the engine reads. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readFeatures, type Features } from '../../common/artifact/features.ts';
import { readTable } from '../../cli/commands/features/table.ts';
import { parseConfig } from '../../functions/config/config.ts';
import { misfits } from '../../functions/release/checks/interface-fit.ts';

const FOLDER = new URL('../../examples/customers/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, FOLDER), 'utf8');

function mappingOf(version: string): Features {
  const found = readFeatures(read(`artifacts/${version}/features.json`));
  if (found.features === null) throw new Error(found.problems.join('; '));
  expect(found.unknown).toEqual([]);
  return found.features;
}

/** The service of the README. */
function service() {
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(read('README.md')) ?? [];
  const { services } = parse(yaml);
  Object.assign(services.customers, {
    artifacts: 'gs://my-project-models/customers/*/model.onnx',
    image: 'us-docker.pkg.dev/p/r/i',
    endpoint: 'customers',
  });
  const file = { project: 'my-project', region: 'us-central1', state: 'my-project-state', services };
  const found = parseConfig(JSON.stringify(file)).services.get('customers');
  if (found?.interface === undefined || found.interface === null) throw new Error('no interface');
  return { ...found, interface: found.interface };
}

describe.each([
  ['v1', 3],
  ['v2', 4],
  ['v3', 4],
  ['v4', 4],
])('%s', (version, columns) => {
  it('is mapped to the interface of the README', () => {
    const mapping = mappingOf(version);
    const { interface: contract, features } = service();
    const signature = {
      inputs: [{ name: 'features', type: 'float32', shape: [null, columns] }],
      outputs: [
        { name: 'label', type: 'int64', shape: [null] },
        { name: 'probabilities', type: 'float32', shape: [null, 2] },
      ],
    };
    expect(misfits({ contract, features, mapping, signature })).toEqual([]);
  });

  it('has golden rows with a request, the features of training, and a prediction', () => {
    const sources = mappingOf(version).inputs.flatMap((input) =>
      input.columns.flatMap(({ view, field }) => (view === null ? [] : [`${view}.${field}`])),
    );
    const rows = read(`artifacts/${version}/golden.jsonl`)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(60);
    for (const row of rows) {
      expect(Object.keys(row.instance)).toEqual(['customer_id', 'amount']);
      expect(Object.keys(row.features)).toEqual(sources);
      expect(row.prediction).toEqual({ score: expect.closeTo(0.5, 0) });
    }
  });
});

it('the rows of the store have a key, a time and the features', async () => {
  const { interface: contract, features } = service();
  const view = features?.settings.views['customer'];
  if (view === undefined) throw new Error('no view');
  const path = new URL('artifacts/customer.jsonl', FOLDER).pathname;
  const table = await readTable(path, { view, declared: null, request: contract.request });
  expect(table.columns).toEqual(['customer_id', 'at', 'orders_30d', 'mean_amount_90d', 'tickets_90d']);
  expect(table.rows).toHaveLength(400);
});
