/** Whole rollouts in the memory world: two artifacts that land, people who interrupt, and the splits that came of it. */
import type { RolloutFile } from '../../../functions/config/schema.ts';
import { handleArtifact } from '../../../functions/intake/on-artifact.ts';
import { handleRequest } from '../../../functions/intake/on-request.ts';
import { CANARY, yamlWith } from '../release/steps/rollout-samples.ts';
import { finalized, ledgerOf, message, runTicks, testApp, type TestApp } from '../../support/test-app.ts';

export const GOLDEN = [1, 2, 3].map((n) => JSON.stringify({ instance: n, prediction: n })).join('\n');

/** What the log says of a release that gave its traffic back by itself. */
export const ENDED = ['release ended'];

interface Shift {
  readonly at: number;
  readonly traffic: string;
}

interface Played extends TestApp {
  /** Every split since the last release began, as percents in the order of deployment. */
  readonly shifts: Shift[];
}

function play(rollout: RolloutFile, errors: readonly string[]): Played {
  const s = testApp({ yaml: yamlWith(rollout), errors });
  const shifts: Shift[] = [];
  const { vertex, clock } = s.world;
  const update = vertex.updateEndpoint.bind(vertex);
  vertex.updateEndpoint = async (endpoint, change) => {
    await update(endpoint, change);
    if (change.traffic === undefined) return;
    const shares = endpoint.deployedModels.map(({ id }) => change.traffic?.get(id) ?? 0);
    shifts.push({ at: clock.now(), traffic: shares.join(' ') });
  };
  return { ...s, shifts };
}

export async function land(s: TestApp, version: string, golden = GOLDEN): Promise<void> {
  await s.world.clock.sleep(1_000);
  s.world.objects.put('models', `churn/${version}/golden.jsonl`, golden);
  s.world.objects.put('models', `churn/${version}/model.onnx`);
  await handleArtifact(finalized('models', `churn/${version}/model.onnx`), s.app);
}

/** The second artifact has landed, and no tick has run yet; the first is live. */
export async function withSecond(
  rollout: RolloutFile = CANARY,
  { golden = GOLDEN, errors = [] as readonly string[] } = {},
): Promise<Played> {
  const s = play(rollout, errors);
  await land(s, 'v1');
  await runTicks(s);
  s.shifts.length = 0;
  await land(s, 'v2', golden);
  return s;
}

export async function ask(s: TestApp, action: string, reason = 'incident 7'): Promise<void> {
  const publishTime = new Date(s.world.clock.now()).toISOString();
  const id = `${action}-${s.world.clock.now()}`;
  await handleRequest(message({ service: 'churn', action, reason }, { id, publishTime }), s.app);
}

/** The same, and another instance gets the tick while one is at work. */
export async function askElsewhere(s: TestApp, action: string, reason?: string): Promise<void> {
  await ask(s, action, reason);
  await runTicks(s);
}

/** Does that as soon as so much time has passed after the moment that `when` first holds. */
export function interrupt(
  s: TestApp,
  when: () => boolean,
  ms: number,
  deed: () => Promise<void>,
): { at: number } {
  const { clock } = s.world;
  const sleep = clock.sleep.bind(clock);
  const done = { at: 0 };
  let due: number | null = null;
  clock.sleep = async (pause) => {
    if (due === null && when()) due = clock.now() + ms;
    if (done.at > 0 || due === null || clock.now() + pause < due) return sleep(pause);
    const rest = clock.now() + pause - due;
    await sleep(pause - rest);
    done.at = clock.now();
    await deed();
    await sleep(rest);
  };
  return done;
}

export function isInStep(s: TestApp, step: number): boolean {
  const { release } = ledgerOf(s.world, 'churn');
  return release?.step === step && release.stepSince !== undefined;
}

export function live(s: TestApp): string | undefined {
  return ledgerOf(s.world, 'churn').live?.request.marker;
}

export function deployed(s: TestApp): number | undefined {
  const [endpoint] = s.world.vertex.endpoints.values();
  return endpoint?.deployedModels.length;
}
