/** The story, in acts: releases one after the other, a candidate that its gate takes back, and a way back in a moment. */
import { ROWS } from './batch.ts';
import type { Outcome } from './outcomes.ts';
import type { Source, DemoContext } from './context.ts';
import type { Traffic } from './traffic.ts';

const SERVICE = 'breast-cancer';
const CANARY = 'screening';
const PER_SECOND = 40;
const LEAST_PER_SECOND = 25;
const CANARY_PER_SECOND = 40;

export async function play(stage: DemoContext): Promise<void> {
  const { print } = stage;
  const { traffic, v2 } = await fourReleases(stage);
  await rowsLand(stage);
  await candidateTakenBack(stage);
  await rowsAnswered(stage);
  await wayBack(stage, traffic, v2);
  await stage.hangUp(traffic, LEAST_PER_SECOND);
  print(
    `\n${traffic.rate().toFixed(0)} predictions a second were answered, by ${traffic.byModel.size} deployed models in turn.`,
  );
  print(
    'To land a model of your own: "npm start", then "npx slipway --local land FOLDER --service breast-cancer --watch".',
  );
  await stage.close();
}

async function fourReleases(stage: DemoContext): Promise<{ traffic: Traffic; v2: Outcome }> {
  const { print } = stage;
  print('\nv1 lands: logistic regression.');
  await stage.release(SERVICE, 'v1', () => stage.land(SERVICE, 'v1', whole('v1')), 'Live');

  print(
    `\nFrom here on ${PER_SECOND} predictions a second go through the endpoint. v2 lands: gradient boosting.`,
  );
  const traffic = await stage.call(SERVICE, PER_SECOND);
  const v2 = await stage.release(SERVICE, 'v2', () => stage.land(SERVICE, 'v2', whole('v2')), 'Live');

  print('\nv3 lands: a truncated file.');
  const truncated = { 'model.onnx': { from: 'v2', share: 0.5 } } as const;
  await stage.release(SERVICE, 'v3', () => stage.land(SERVICE, 'v3', truncated), 'Failed');
  await expectServing(stage, traffic, v2, 'v2 still serves');

  print('\nSomebody publishes a request: v1 again.');
  const again = { service: SERVICE, artifact: stage.artifactUri(SERVICE, 'v1') };
  const v1 = await stage.release(SERVICE, 'v1 again', () => stage.request(again), 'Live');
  await expectServing(stage, traffic, v1, 'v1 serves again');
  return { traffic, v2 };
}

/** Answered while the canary bakes. */
async function rowsLand({ print, rows }: DemoContext): Promise<void> {
  print(`\nA file of ${ROWS} rows lands for ${SERVICE}: its live model answers them as a job, meanwhile.`);
  await rows.land();
}

async function rowsAnswered(stage: DemoContext): Promise<void> {
  const { print, failures, totals, rows } = stage;
  const ended = await stage.nextBatch();
  totals.rows = ended.result === 'Succeeded' ? await rows.right(ended) : 0;
  print(
    `\nThe file of ${ROWS} rows: ${ended.result}, version ${ended.version}, ${totals.rows} right answers in the order of the file.`,
  );
  if (totals.rows !== ROWS)
    failures.push(`batch: expected ${ROWS} right answers, got ${totals.rows} (${ended.cause?.detail})`);
}

/** Its golden rows are those of one training, its model is that of another, as a mix-up in an export leaves them. */
async function candidateTakenBack(stage: DemoContext): Promise<void> {
  const { print, progress, failures } = stage;
  print(`\nA second service, ${CANARY}, releases as a canary. Its v1 lands.`);
  const v1 = await stage.release(CANARY, 'canary v1', () => stage.land(CANARY, 'v1', whole('v1')), 'Live');

  print('\nIts v2 lands, and answers wrongly: 5 % of the traffic, and the golden gate asks it.');
  const traffic = await stage.call(CANARY, CANARY_PER_SECOND);
  const mixedUp = { 'golden.jsonl': { from: 'v1' }, 'model.onnx': { from: 'v2' } } as const;
  const ended = await stage.release(
    CANARY,
    'canary v2',
    () => stage.land(CANARY, 'v2', mixedUp),
    'RolledBack',
  );
  if (ended.cause?.code !== 'GATE_GOLDEN') failures.push(`expected GATE_GOLDEN, got ${ended.cause?.code}`);
  await expectServing(stage, traffic, v1, 'its v1 serves all of it');
  await stage.hangUp(traffic, CANARY_PER_SECOND / 2);
  const answers = [...traffic.byModel].reduce((sum, [id, n]) => sum + (id === v1.deployedModel ? 0 : n), 0);
  progress.say(`${answers} of ${traffic.answered} answers were the candidate's, ${traffic.lost} were lost`);
}

/** From the message to the endpoint's split. */
async function wayBack(stage: DemoContext, traffic: Traffic, v2: Outcome): Promise<void> {
  const { print, progress, failures, totals } = stage;
  print(`\nSomebody wants ${SERVICE} back as it was: v2 is still deployed, as its standby.`);
  progress.begin('rollback', SERVICE);
  const askedAt = performance.now();
  await stage.request({ service: SERVICE, action: 'rollback', reason: 'the demo' });
  await stage.allTrafficTo(SERVICE, v2.deployedModel ?? '');
  totals.rollbackSeconds = (performance.now() - askedAt) / 1000;
  progress.say(`v2 is back in ${totals.rollbackSeconds.toFixed(1)} s`);
  const told = [await stage.nextOutcome(), await stage.nextOutcome()].map(({ result }) => result);
  if (told.toSorted().join() !== 'Live,RolledBack')
    failures.push(`rollback: expected Live and RolledBack, got ${told.join(' and ')}`);
  await expectServing(stage, traffic, v2, 'v2 serves again');
}

function whole(from: Source['from']): Readonly<Record<string, Source>> {
  return { 'golden.jsonl': { from }, 'manifest.json': { from }, 'model.onnx': { from } };
}

/** What is asked from now on has to be answered by that model alone. */
async function expectServing(
  { progress, failures }: DemoContext,
  traffic: Traffic,
  { deployedModel }: Outcome,
  what: string,
): Promise<void> {
  await traffic.settled();
  const before = new Map(traffic.byModel);
  await traffic.more(40);
  const others = [...traffic.byModel].filter(([id, n]) => id !== deployedModel && n !== before.get(id));
  progress.say(`${what}: ${others.length === 0 ? 'yes' : 'no'}`);
  if (others.length > 0) failures.push(`expected that ${what}`);
}
