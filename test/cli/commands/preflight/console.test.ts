/** The preflight looks at the console for a team where one is asked for. */
import { expect, it } from 'vitest';
import { USUAL } from '../../../../cli/commands/preflight/installation.ts';
import { preflight } from '../../../../cli/commands/preflight/preflight.ts';
import type { Answer } from '../../../../cli/commands/preflight/google.ts';
import { CONFIG, google, HEALTHY, notFound, PROJECT, refused, STORAGE } from './recorded.ts';

const API = 'serviceusage.googleapis.com/v1/projects/my-project/services/iap.googleapis.com';
const SERVICE = 'run.googleapis.com/v2/projects/my-project/locations/us-central1/services/slipway-console';
const ACCOUNT = 'serviceAccount:slipway-console@my-project.iam.gserviceaccount.com';
const AGENT = 'serviceAccount:service-4711@gcp-sa-iap.iam.gserviceaccount.com';

const answer = (body: object): Answer => ({ status: 200, body });

/** A policy as it is recorded, with one grant more. */
function granted(policy: string, role: string): Answer {
  const bindings: unknown = Reflect.get(HEALTHY[policy] ?? {}, 'bindings');
  return answer({ bindings: [...(Array.isArray(bindings) ? bindings : []), { role, members: [ACCOUNT] }] });
}

const IN_ORDER: Readonly<Record<string, Answer>> = {
  [API]: answer({ state: 'ENABLED' }),
  [SERVICE]: answer({ iapEnabled: true, terminalCondition: { type: 'Ready', state: 'CONDITION_SUCCEEDED' } }),
  [`${SERVICE}:getIamPolicy`]: answer({ bindings: [{ role: 'roles/run.invoker', members: [AGENT] }] }),
  [`${PROJECT}:getIamPolicy`]: granted(`${PROJECT}:getIamPolicy`, 'projects/my-project/roles/slipwayConsole'),
  ...Object.fromEntries(
    ['my-project-slipway-state', 'my-project-models']
      .map((bucket) => `${STORAGE}/${bucket}/iam`)
      .map((policy) => [policy, granted(policy, 'roles/storage.objectViewer')]),
  ),
};

async function found(changed: Readonly<Record<string, Answer>>) {
  const findings = await preflight(CONFIG, google({ ...IN_ORDER, ...changed }), { ...USUAL, console: true });
  return findings
    .filter(({ state }) => state !== 'ok')
    .map(({ state, subject, detail, fix }) => [state, subject, detail, fix]);
}

it('and finds nothing where everything is in order', async () => {
  expect(await found({})).toEqual([]);
});

it.each<[what: string, changed: Record<string, Answer>, expected: unknown[]]>([
  [
    'the API is not enabled',
    { [API]: answer({ state: 'DISABLED' }) },
    [
      'missing',
      'iap.googleapis.com',
      'is not enabled',
      'gcloud services enable iap.googleapis.com --project=my-project',
    ],
  ],
  [
    'it is not deployed',
    { [SERVICE]: notFound() },
    [
      'missing',
      'slipway-console',
      expect.stringContaining('is not deployed'),
      expect.stringContaining('google_cloud_run_v2_service.console["this"]'),
    ],
  ],
  [
    'everybody reaches it',
    { [SERVICE]: answer({ terminalCondition: { state: 'CONDITION_SUCCEEDED' } }) },
    ['missing', 'slipway-console', 'is not behind Identity-Aware Proxy', expect.anything()],
  ],
  [
    'its revision does not start',
    {
      [SERVICE]: answer({
        iapEnabled: true,
        terminalCondition: { state: 'CONDITION_FAILED', message: 'no port' },
      }),
    },
    ['missing', 'slipway-console', 'is CONDITION_FAILED no port', expect.anything()],
  ],
  [
    'it may not be looked at',
    { [SERVICE]: refused('no run.services.get') },
    ['unknown', 'slipway-console', 'no run.services.get', null],
  ],
  [
    'IAP may not call it',
    { [`${SERVICE}:getIamPolicy`]: answer({}) },
    [
      'missing',
      `${AGENT} on console slipway-console`,
      'has no roles/run.invoker',
      expect.stringContaining('identity create --service=iap.googleapis.com'),
    ],
  ],
  [
    'it may not read the ledgers',
    {
      [`${STORAGE}/my-project-slipway-state/iam`]: answer(
        HEALTHY[`${STORAGE}/my-project-slipway-state/iam`] ?? {},
      ),
    },
    [
      'missing',
      `${ACCOUNT} on bucket my-project-slipway-state`,
      'has no roles/storage.objectViewer',
      expect.stringContaining('google_storage_bucket_iam_member.console["my-project-slipway-state"]'),
    ],
  ],
])('and says it where %s', async (_, changed, expected) => {
  expect(await found(changed)).toEqual([expected]);
});
