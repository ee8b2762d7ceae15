/** Asks the gates of a step for their verdicts, and says when those that cannot tell are to be asked again. */
import type { Service } from '../../config/config.ts';
import { CallError } from '../../errors.ts';
import type { Endpoint, Served, World } from '../../world.ts';
import { clip } from '../diagnosis/causes.ts';
import type { Ledger, Release } from '../ledger/ledger.ts';
import { withoutControls, type Verdict } from '../publish/outcome.ts';
import type { Gate, RolloutPosition } from '../view/position.ts';
import { withoutSecrets } from '../diagnosis/secrets.ts';
import { shareOf } from '../traffic/traffic.ts';
import { askFeatures, type FeaturesWorld } from './ask-features.ts';
import type { Evidence, MetricsPoint } from '../ledger/shown.ts';
import { judgeComparison } from './comparison.ts';
import { comparisonEvidence, goldenEvidence, metricsPoint } from './evidence.ts';
import { judgeFeatures } from './features.ts';
import { judgeGolden } from './golden.ts';
import { judgeMetrics } from './metrics.ts';
import { failureText, MS_MAX, probe, type ProbeResult } from './probe.ts';
import { folderOfModel, readRows } from './rows.ts';
import type { GoldenRow } from '../../../common/artifact/golden-row.ts';
import type { Judgement } from './judgement.ts';

/** What gates look at. */
export interface JudgeWorld extends FeaturesWorld, Pick<World, 'monitoring'> {}

export interface Trial {
  readonly gates: readonly Gate[];
  readonly stage: RolloutPosition;
  readonly release: Release;
  readonly endpoint: Endpoint;
  /** The candidate's deployed model. */
  readonly candidate: string;
}

/** How soon a gate that cannot tell is asked again, in ms; sooner where it has less patience, and so often at least. */
const RETRY_AFTER_MS = { answers: 20_000, metrics: 60_000 };
const SOONEST_MS = 2_000;
const TIMES_WITHIN_PATIENCE = 4;
/** Where the live model has served little lately, its figures are taken from this much more. */
const LIVE_LOOKBACK_MS = 3_600_000;
/** Golden requests sent at a time to make a sample. */
const SAMPLES_MAX = 60;

export async function judge(
  service: Service,
  ledger: Ledger,
  world: JudgeWorld,
  trial: Trial,
): Promise<{ verdicts: Verdict[]; againMs: number; evidence: Evidence }> {
  const { gates, stage, release, endpoint, candidate } = trial;
  const { golden, features, comparison, whenUnsure } = service.rollout.gates;
  const live = ledger.live?.deployedModel ?? null;
  const verdicts: Verdict[] = [];
  let evidence: Evidence = {};
  const say = (gate: Gate, { verdict, reason }: Judgement) =>
    verdicts.push({
      gate,
      step: stage.step,
      verdict,
      reason: clip(withoutSecrets(withoutControls(reason)), 400),
      at: world.clock.now(),
    });

  const read = () => readRows(world, folderOfModel(release), golden?.maxRows ?? 32);
  if (gates.includes('golden') || gates.includes('comparison')) {
    const rows = await read();
    const heard = typeof rows === 'string' ? rows : await ask(world, trial, rows, live);
    const percent = shareOf(endpoint, candidate);
    if (gates.includes('golden') && golden !== null)
      say(
        'golden',
        judged(heard, (h) => judgeGolden(asRows(rows), h, candidate, percent, golden.tolerance)),
      );
    if (typeof heard !== 'string') evidence = answersEvidence(trial, asRows(rows), heard, live);
    if (gates.includes('comparison') && comparison !== null && live !== null)
      say(
        'comparison',
        judged(heard, (h) => judgeComparison(h, live, candidate, percent, comparison)),
      );
  }
  if (gates.includes('features') && features !== null) {
    const asked = { endpoint: endpoint.name, candidate, percent: shareOf(endpoint, candidate) };
    const found = await askFeatures(world, ledger, release, asked, features.maxRows);
    if ('none' in found) say('features', { verdict: whenUnsure, reason: found.none });
    else say('features', 'report' in found ? judgeFeatures(found.report, found.mapping, features) : found);
  }
  if (gates.includes('metrics')) {
    const { point, ...found } = await metrics(service, ledger, world, trial, read);
    say('metrics', found);
    if (point !== undefined) evidence = { ...evidence, metrics: [point] };
  }
  // Nobody waits for what has been told: the metrics are looked at as soon as the bake is over.
  const isTold = gates.every((gate) => verdicts.some((v) => v.gate === gate && v.verdict !== 'hold'));
  const usual = gates.includes('metrics') ? RETRY_AFTER_MS.metrics : RETRY_AFTER_MS.answers;
  return { verdicts, evidence, againMs: isTold ? 0 : pauseWithin(service.rollout.gates.patienceMs, usual) };

  /** Without rows there never will be evidence: the policy decides at once. */
  function judged(heard: ProbeResult | string, by: (heard: ProbeResult) => Judgement): Judgement {
    if (typeof heard !== 'string') return by(heard);
    return { verdict: whenUnsure, reason: heard };
  }
}

function answersEvidence(
  { gates, candidate }: Trial,
  rows: readonly GoldenRow[],
  { answers }: ProbeResult,
  live: string | null,
): Evidence {
  const mine = answers.get(candidate);
  const golden = gates.includes('golden') ? goldenEvidence(rows, mine) : undefined;
  const isCompared = gates.includes('comparison') && live !== null;
  const comparison = isCompared ? comparisonEvidence(answers.get(live), mine) : undefined;
  return { ...(golden && { golden }), ...(comparison && { comparison }) };
}

function pauseWithin(patienceMs: number, usual: number): number {
  return Math.min(usual, Math.max(SOONEST_MS, Math.round(patienceMs / TIMES_WITHIN_PATIENCE)));
}

function asRows(rows: GoldenRow[] | string): GoldenRow[] {
  return typeof rows === 'string' ? [] : rows;
}

function ask(
  world: JudgeWorld,
  trial: Trial,
  rows: readonly GoldenRow[],
  live: string | null,
): Promise<ProbeResult> {
  const both = trial.gates.includes('comparison') && live !== null;
  return probe(world, trial.endpoint.name, rows, both ? [trial.candidate, live] : [trial.candidate]);
}

/** Where traffic is too thin, golden requests make the sample; what they show is seen the next time. */
async function metrics(
  service: Service,
  ledger: Ledger,
  world: JudgeWorld,
  trial: Trial,
  read: () => Promise<GoldenRow[] | string>,
): Promise<Judgement & { point?: MetricsPoint }> {
  const { endpoint, candidate, release } = trial;
  const policy = service.rollout.gates.metrics;
  if (policy === null) return { verdict: 'pass', reason: 'not asked for' };
  const now = world.clock.now();
  const since = release.stepSince ?? now;
  const served = await world.monitoring.served(endpoint.name, since, now);
  const live = await servedByLive(ledger, world, endpoint, since, served, policy.minSample);
  const found = judgeMetrics(served.get(candidate), live, policy);
  const point = metricsPoint(now, served.get(candidate), live);
  if (found.verdict !== 'hold') return { ...found, point };
  const rows = asRows(await read());
  if (rows.length === 0) return { ...found, point };
  const { sent, answered, lastFailure } = await makeSample(world, endpoint.name, rows);
  const failed = answered === 0 && lastFailure !== null ? `, and none was answered: ${lastFailure}` : '';
  const reason = `${found.reason}; ${sent} golden requests were sent to make up for it${failed}`;
  return { verdict: 'hold', reason, point };
}

async function servedByLive(
  ledger: Ledger,
  world: JudgeWorld,
  endpoint: Endpoint,
  since: number,
  served: ReadonlyMap<string, Served>,
  least: number,
): Promise<Served | null | undefined> {
  if (ledger.live === null) return null;
  const recent = served.get(ledger.live.deployedModel);
  if ((recent?.requests ?? 0) >= least) return recent;
  const more = await world.monitoring.served(endpoint.name, since - LIVE_LOOKBACK_MS, world.clock.now());
  const before = more.get(ledger.live.deployedModel);
  // Without traffic it will never have served enough: the candidate is judged by itself.
  const isIdle = shareOf(endpoint, ledger.live.deployedModel) === 0;
  return isIdle && (before?.requests ?? 0) < least ? null : before;
}

interface Sample {
  readonly sent: number;
  readonly answered: number;
  /** What the last request that failed was answered. */
  readonly lastFailure: string | null;
}

async function makeSample(world: JudgeWorld, endpoint: string, rows: readonly GoldenRow[]): Promise<Sample> {
  const until = world.clock.now() + MS_MAX;
  let [sent, answered] = [0, 0];
  let lastFailure: string | null = null;
  while (sent < SAMPLES_MAX && world.clock.now() < until) {
    const row = rows[sent % rows.length];
    sent += 1;
    try {
      await world.vertex.predict(endpoint, [row?.instance]);
      answered += 1;
    } catch (error) {
      // A failure counts in the sample too.
      if (!(error instanceof CallError)) throw error;
      lastFailure = failureText(error);
    }
  }
  return { sent, answered, lastFailure };
}
