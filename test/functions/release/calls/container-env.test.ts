/** What a model server is told by its environment. */
import { expect, it } from 'vitest';
import { readFeatureSettings } from '../../../../common/artifact/feature-settings.ts';
import { reportKey } from '../../../../common/artifact/feature-report.ts';
import { readInterface } from '../../../../common/artifact/interface.ts';
import { readStoredSettings } from '../../../../common/artifact/stored-settings.ts';
import { parseConfig } from '../../../../functions/config/config.ts';
import { containerEnv } from '../../../../functions/release/calls/container-env.ts';
import { withService } from '../../config/samples.ts';

const SEED = '0f'.repeat(32);
const FEATURES = `    interface: { request: { id: { type: string, description: "in $(HOME) of $" } }, response: { y: { type: number } } }
    features: { store: { kind: firestore }, views: { customer: { key: [id] } } }
    serving: { env: { A: b } }`;

function envOf(yaml: string, seed: string | null): Record<string, string> {
  const service = parseConfig(withService(yaml)).services.get('churn');
  if (service === undefined) throw new Error('no service');
  return Object.fromEntries(containerEnv(service, 'r-1', seed));
}

it('without an interface is what slipway.yaml says', () => {
  expect(envOf('    serving: { env: { A: b } }', null)).toEqual({ A: 'b' });
});

it('has the interface, the features and the public key of reports', () => {
  const env = envOf(FEATURES, SEED);
  expect(Object.keys(env)).toEqual(['A', 'SLIPWAY_INTERFACE', 'SLIPWAY_FEATURES', 'SLIPWAY_REPORT_KEY']);
  expect(readFeatureSettings(env['SLIPWAY_FEATURES'] ?? '')).toMatchObject({
    store: { kind: 'firestore', project: 'my-project', database: '(default)' },
    views: { customer: { key: ['id'], table: 'customer', time: null } },
    timeoutMs: 50,
  });
  expect(env['SLIPWAY_REPORT_KEY']).toBe(reportKey(SEED));
});

it('has no "$", which Vertex AI would take for the name of another variable', () => {
  const text = envOf(FEATURES, SEED)['SLIPWAY_INTERFACE'] ?? '';
  expect(text).not.toContain('$');
  expect(readInterface(text).request['id']?.description).toBe('in $(HOME) of $');
});

it('says where the predictions by key of its own version are', () => {
  const batch = '    batch: { outputs: gs://out/churn/, publish: { key: [id], maxAge: 36h } }';
  const env = envOf(`${FEATURES}\n${batch}`, SEED);
  expect(readStoredSettings(env['SLIPWAY_STORED'] ?? '')).toEqual({
    uri: 'gs://out/churn/_published/r-1.json',
    release: 'r-1',
    key: ['id'],
    answers: 'fresh',
    maxAgeMs: 129_600_000,
    refreshMs: 60_000,
  });
});
