/**
 * A call that Google goes on refusing: the release ends within the bound of its kind, with Google's words, people see
 * them in the ledger while it lasts, what serves goes on, and at rest hardly anything is asked for any more.
 */
import { describe, expect, it } from 'vitest';
import { CallError, type Status } from '../../functions/errors.ts';
import type { Patience } from '../../functions/release/refusals/refusal.ts';
import { HOUR, land, refusing, type Refusable, type Refused } from './support/refusing.ts';
import { ledgerOf, passTime, type TestApp } from '../support/test-app.ts';

const MINUTE = 60_000;

/** After the first refusal, in minutes; of what passes by itself after the beginning of the release. */
const ENDS: Record<Patience, readonly [number, number]> = {
  none: [0, 1],
  minutes: [10, 16],
  provisioning: [20, 26],
  deadline: [60, 66],
};

const NOBODY = "Permission 'aiplatform.endpoints.update' denied on resource (or it may not exist).";
const AGENT = 'Vertex AI Service Agent service-1@gcp-sa-aiplatform.iam.gserviceaccount.com does not exist.';
const QUOTA = 'The following quotas are exceeded: CustomModelServingCPUsPerProjectPerRegion.';
const BROKEN = 'Internal error encountered.';

function split(s: TestApp): number[] {
  return [...s.world.vertex.endpoints.values()].flatMap(({ traffic }) => [...traffic.values()]);
}

/** Permission, outage, another operation, and again. */
function refuseByTurns(s: TestApp, method: Refusable): void {
  const kinds = [
    ['PERMISSION_DENIED', NOBODY],
    ['UNAVAILABLE', BROKEN],
    ['FAILED_PRECONDITION', AGENT],
  ] as const;
  let calls = 0;
  Reflect.set(s.world.vertex, method, () => {
    const [status, words] = kinds[calls % kinds.length] ?? kinds[0];
    calls += 1;
    return Promise.reject(new CallError(method, status, words));
  });
}

/** Until so long after the first refusal. */
async function passTimeAfterFirst(s: TestApp & { refused: Refused }, ms: number): Promise<void> {
  const { clock } = s.world;
  while (s.refused.at.length === 0) await passTime(s, MINUTE);
  await passTime(s, Math.max(0, (s.refused.at[0] ?? 0) + ms - clock.now()));
}

describe('what a release cannot do without', () => {
  it.each<{
    method: Refusable;
    status: Status;
    words: string;
    code: string;
    worth: Patience;
    isFirst?: true;
  }>([
    {
      method: 'upload',
      status: 'FAILED_PRECONDITION',
      words: 'Service account x does not have [storage.objects.get].',
      code: 'UPLOAD_FAILED',
      worth: 'minutes',
    },
    {
      method: 'upload',
      status: 'INVALID_ARGUMENT',
      words: 'Invalid image URI.',
      code: 'UPLOAD_FAILED',
      worth: 'none',
    },
    { method: 'upload', status: 'UNAVAILABLE', words: BROKEN, code: 'DEADLINE_EXCEEDED', worth: 'deadline' },
    { method: 'deploy', status: 'RESOURCE_EXHAUSTED', words: QUOTA, code: 'DEPLOY_QUOTA', worth: 'minutes' },
    {
      method: 'deploy',
      status: 'PERMISSION_DENIED',
      words: NOBODY,
      code: 'DEPLOY_PERMISSION',
      worth: 'minutes',
    },
    {
      method: 'deploy',
      status: 'FAILED_PRECONDITION',
      words: AGENT,
      code: 'DEPLOY_PERMISSION',
      worth: 'provisioning',
    },
    {
      method: 'deploy',
      status: 'INVALID_ARGUMENT',
      words: 'You do not have permission to act as service_account: 1-compute@developer.gserviceaccount.com.',
      code: 'DEPLOY_PERMISSION',
      worth: 'minutes',
    },
    {
      method: 'deploy',
      status: 'INVALID_ARGUMENT',
      words: 'Machine type "foo" is not supported.',
      code: 'DEPLOY_REFUSED',
      worth: 'none',
    },
    {
      method: 'deploy',
      status: 'ABORTED',
      words: 'Another operation is in progress.',
      code: 'DEADLINE_EXCEEDED',
      worth: 'deadline',
    },
    {
      method: 'createEndpoint',
      status: 'PERMISSION_DENIED',
      words: NOBODY,
      code: 'ENDPOINT_FAILED',
      worth: 'minutes',
      isFirst: true,
    },
    {
      method: 'createEndpoint',
      status: 'INTERNAL',
      words: BROKEN,
      code: 'DEADLINE_EXCEEDED',
      worth: 'deadline',
      isFirst: true,
    },
    {
      method: 'findEndpoints',
      status: 'PERMISSION_DENIED',
      words: NOBODY,
      code: 'GOOGLE_DENIED',
      worth: 'minutes',
      isFirst: true,
    },
    {
      method: 'updateEndpoint',
      status: 'PERMISSION_DENIED',
      words: NOBODY,
      code: 'SHIFT_FAILED',
      worth: 'minutes',
    },
    {
      method: 'updateEndpoint',
      status: 'INVALID_ARGUMENT',
      words: 'More than 64 labels.',
      code: 'SHIFT_FAILED',
      worth: 'none',
    },
    {
      method: 'updateEndpoint',
      status: 'INTERNAL',
      words: BROKEN,
      code: 'DEADLINE_EXCEEDED',
      worth: 'deadline',
    },
    {
      method: 'getEndpoint',
      status: 'PERMISSION_DENIED',
      words: NOBODY,
      code: 'GOOGLE_DENIED',
      worth: 'minutes',
    },
    {
      method: 'getEndpoint',
      status: 'UNAVAILABLE',
      words: BROKEN,
      code: 'DEADLINE_EXCEEDED',
      worth: 'deadline',
    },
    {
      method: 'listVersions',
      status: 'PERMISSION_DENIED',
      words: NOBODY,
      code: 'GOOGLE_DENIED',
      worth: 'minutes',
    },
    {
      method: 'listVersions',
      status: 'UNKNOWN',
      words: BROKEN,
      code: 'DEADLINE_EXCEEDED',
      worth: 'deadline',
    },
    {
      method: 'getOperation',
      status: 'PERMISSION_DENIED',
      words: NOBODY,
      code: 'GOOGLE_DENIED',
      worth: 'minutes',
    },
    {
      method: 'getOperation',
      status: 'UNAVAILABLE',
      words: BROKEN,
      code: 'DEADLINE_EXCEEDED',
      worth: 'deadline',
    },
    {
      method: 'artifacts.head',
      status: 'PERMISSION_DENIED',
      words: 'x does not have storage.objects.get access.',
      code: 'GOOGLE_DENIED',
      worth: 'minutes',
    },
    {
      method: 'artifacts.read',
      status: 'UNAVAILABLE',
      words: BROKEN,
      code: 'DEADLINE_EXCEEDED',
      worth: 'deadline',
    },
    {
      method: 'artifacts.sha256',
      status: 'PERMISSION_DENIED',
      words: 'x does not have storage.objects.get access.',
      code: 'GOOGLE_DENIED',
      worth: 'minutes',
    },
  ])(
    '$method refused with $status ends it with $code',
    async ({ method, status, words, code, worth, isFirst = false }) => {
      const s = await refusing(method, status, words, { isFirst });
      await passTimeAfterFirst(s, 3 * MINUTE);
      const shown = ledgerOf(s.world, 'churn');
      const detail = shown.release === null ? 'ended' : (shown.refusals?.[0]?.detail ?? 'nothing refused');
      expect(detail).toContain(worth === 'none' ? 'ended' : words);
      await passTime(s, 2 * HOUR);

      const { outcomes, release, pending } = ledgerOf(s.world, 'churn');
      expect(outcomes[0]).toMatchObject({ result: 'Failed', announced: true, cause: { code } });
      expect(outcomes[0]?.cause?.detail).toContain(words);
      const since = worth === 'deadline' ? s.startedAt : (s.refused.at[0] ?? 0);
      const minutes = ((outcomes[0]?.endedAt ?? 0) - since) / MINUTE;
      const [least, most] = ENDS[worth];
      expect(minutes).toBeGreaterThanOrEqual(least);
      expect(minutes).toBeLessThanOrEqual(most);
      expect({ release, pending }).toEqual({ release: null, pending: null });
      expect(split(s)).toEqual(isFirst ? [] : [100]);

      expect(s.refused.at.length).toBeLessThan(100);
      const before = s.refused.at.length;
      await passTime(s, 8 * HOUR);
      // A sweep comes every quarter of an hour.
      expect(s.refused.at.length - before).toBeLessThanOrEqual(32);
    },
  );

  it('is what the next release gets once it is granted', async () => {
    const s = await refusing('deploy', 'PERMISSION_DENIED', NOBODY);
    await passTime(s, HOUR);
    s.refused.end();
    await land(s, 'v2');
    await passTime(s, HOUR);
    expect(ledgerOf(s.world, 'churn')).toMatchObject({
      live: { request: { marker: 'churn/v2/model.onnx' } },
    });
    expect(ledgerOf(s.world, 'churn')).not.toHaveProperty('refusals');
  });

  it.each<Refusable>(['upload', 'deploy', 'updateEndpoint', 'getEndpoint', 'listVersions', 'getOperation'])(
    '%s ends it at the deadline where each refusal is of another kind than the last',
    async (method) => {
      const s = await refusing(method, 'PERMISSION_DENIED', NOBODY);
      refuseByTurns(s, method);
      await passTime(s, 2 * HOUR);
      const { outcomes, release } = ledgerOf(s.world, 'churn');
      expect(release).toBeNull();
      expect(outcomes[0]).toMatchObject({ result: 'Failed', cause: { code: 'DEADLINE_EXCEEDED' } });
      expect(((outcomes[0]?.endedAt ?? 0) - s.startedAt) / MINUTE).toBeLessThan(ENDS.deadline[1]);
    },
  );

  it.each<Refusable>(['upload', 'deploy', 'updateEndpoint', 'getEndpoint', 'listVersions', 'getOperation'])(
    '%s that passes within minutes costs no release',
    async (method) => {
      const s = await refusing(method, 'PERMISSION_DENIED', NOBODY, { forMs: 5 * MINUTE });
      await passTime(s, HOUR);
      expect(s.refused.at.length).toBeGreaterThan(2);
      expect(ledgerOf(s.world, 'churn').outcomes.map(({ result }) => result)).toEqual(['Live', 'Live']);
      expect(ledgerOf(s.world, 'churn')).not.toHaveProperty('refusals');
      expect(split(s)).toEqual([100]);
    },
  );
});
