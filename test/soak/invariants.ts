/**
 * What has to hold when a soak is over, as functions of its facts. Each violation says which invariant it is of, in
 * words, and when it happened, so that the events around it can be shown.
 */
import { OUTAGE_MS_MAX } from './kills.ts';
import type { Disturbance, Facts, Landing, Told } from './facts.ts';
import { folderOf } from './told.ts';

export interface Violation {
  readonly invariant: string;
  readonly text: string;
  readonly at: number;
}

export const INVARIANTS: Readonly<Record<string, (facts: Facts) => Violation[]>> = {
  'no prediction is lost': lostPredictions,
  'a killed predictor comes back': outages,
  'every request has an outcome': missingOutcomes,
  'no outcome is contradicted': contradictions,
  'a bad artifact does not go live': badLive,
  'a good artifact is not blamed': blamed,
  'an older artifact does not replace a newer one': olderLive,
  'the newest good artifact is live': newestLive,
  'nothing is deployed beside the live model': deployedBeside,
  'every service comes to rest': restless,
  'every ledger can be read, and is small': ledgers,
  'a disturbance explains every error line': errorLines,
  'no process grows': growth,
};

export function violationsOf(facts: Facts): Violation[] {
  return Object.values(INVARIANTS).flatMap((check) => check(facts));
}

const LEDGER_BYTES_MAX = 131_072;

/** In flight when a predictor answers again: what was sent to it a moment before. */
const GRACE_MS = 250;

/** A loss is excused from the kill of a predictor of the same service until that one answers again. */
export function isExcused({ outages }: Facts, loss: Facts['losses'][number]): boolean {
  return outages.some(
    ({ service, from, until }) =>
      service === loss.service &&
      loss.at >= from &&
      loss.askedAt <= (until ?? from + OUTAGE_MS_MAX) + GRACE_MS,
  );
}

function lostPredictions(facts: Facts): Violation[] {
  return facts.losses
    .filter((loss) => !isExcused(facts, loss))
    .map(({ service, at, askedAt, error }) => ({
      invariant: 'no prediction is lost',
      text: `${service}: a prediction was lost after ${at - askedAt} ms: ${error}`,
      at,
    }));
}

function outages({ outages }: Facts): Violation[] {
  return outages
    .filter(({ until }) => until === null)
    .map(({ service, deployedModel, from }) => ({
      invariant: 'a killed predictor comes back',
      text: `${service}: ${deployedModel} does not answer ${OUTAGE_MS_MAX / 1000} s after its kill`,
      at: from,
    }));
}

/** The verdicts of an artifact that waits, or was released, by another request. */
const KNOWN: ReadonlySet<string> = new Set(['known', 'same']);

/**
 * A landing that comes after a request for the same artifact by name is known: that request's outcome is its own. One that
 * is written again before its message is read is released as what its message finds.
 */
function missingOutcomes({ landings, intakes, told }: Facts): Violation[] {
  const ended = new Set(told.map(({ release }) => release));
  const known = new Set(intakes.filter(({ verdict }) => KNOWN.has(verdict)).map(({ release }) => release));
  const named = new Set(told.map(({ service, artifact }) => `${service}/${folderOf(artifact)}`));
  const owed = new Map<string, { service: string; at: number; why: string }>();
  for (const { release, again, service, at, folder } of landings) {
    if (known.has(release) && named.has(`${service}/${folder}`)) continue;
    if (again.some((newer) => ended.has(newer))) continue;
    owed.set(release, { service, at, why: `${folder} landed` });
  }
  for (const { release, service, at, verdict } of intakes) {
    if (verdict === 'accepted' || verdict === 'older') owed.set(release, { service, at, why: verdict });
  }
  return [...owed]
    .filter(([release]) => !ended.has(release))
    .map(([release, { service, at, why }]) => ({
      invariant: 'every request has an outcome',
      text: `${service}: ${release} has no outcome (${why})`,
      at,
    }));
}

/** The ends of each release in the order of their time; the same end told twice counts once. */
function endsByRelease(told: readonly Told[]): Map<string, Told[]> {
  const ends = new Map<string, Told[]>();
  for (const one of told.toSorted((a, b) => a.endedAt - b.endedAt)) {
    const known = ends.get(one.release) ?? [];
    const isSame = known.some(
      ({ result, code, endedAt }) => result === one.result && code === one.code && endedAt === one.endedAt,
    );
    if (!isSame) ends.set(one.release, [...known, one]);
  }
  return ends;
}

function contradictions({ told }: Facts): Violation[] {
  return [...endsByRelease(told)].flatMap(([release, ends]) => {
    const results = ends.map(({ result }) => result).join(', ');
    const [first] = ends;
    if (first === undefined || ends.length === 1 || results === 'Live, RolledBack') return [];
    const text = `${first.service}: ${release} (${folderOf(first.artifact)}) ended as ${results}`;
    return [{ invariant: 'no outcome is contradicted', text, at: ends.at(-1)?.at ?? first.at }];
  });
}

function landingOf({ landings }: Facts, { service, artifact }: Told): Landing | undefined {
  const folder = folderOf(artifact);
  return landings.find((landing) => landing.service === service && landing.folder === folder);
}

function badLive(facts: Facts): Violation[] {
  return facts.told.flatMap((told) => {
    const landing = landingOf(facts, told);
    if (told.result !== 'Live' || landing === undefined || landing.kind === 'good') return [];
    const text = `${told.service}: ${told.release} (${landing.folder}, ${landing.kind}) went live`;
    return [{ invariant: 'a bad artifact does not go live', text, at: told.at }];
  });
}

/** Codes that say that the artifact is wrong. */
const BLAME =
  /^(ARTIFACT_|MANIFEST_|CONTRACT_|GATE_GOLDEN|GATE_COMPARISON|DEPLOY_BAD_ARTIFACT|DEPLOY_GOLDEN|DEPLOY_OUT_OF)/;

function blamed(facts: Facts): Violation[] {
  return facts.told.flatMap((told) => {
    const landing = landingOf(facts, told);
    if (landing?.kind !== 'good' || told.code === null || !BLAME.test(told.code)) return [];
    // The predictor reads its artifact from Cloud Storage: what fails there fails it.
    const reads = struck(facts, told.at - 120_000, told.at, 'storage.objects.get');
    if (told.code.startsWith('DEPLOY_') && reads) return [];
    const text = `${told.service}: ${told.release} (${landing.folder}, good) ended with ${told.code}: ${told.detail}`;
    return [{ invariant: 'a good artifact is not blamed', text, at: told.at }];
  });
}

/** Of what went live by landing, each landed later than what was live before it. */
function olderLive(facts: Facts): Violation[] {
  const newest = new Map<string, number>();
  const lives = facts.told
    .filter(({ result, askedBy }) => result === 'Live' && askedBy === 'artifact')
    .toSorted((a, b) => a.endedAt - b.endedAt);
  const seen = new Set<string>();
  return lives.flatMap((told) => {
    const landing = landingOf(facts, told);
    if (landing === undefined || seen.has(told.release)) return [];
    seen.add(told.release);
    const before = newest.get(told.service) ?? 0;
    newest.set(told.service, Math.max(before, landing.number));
    if (landing.number > before) return [];
    const text = `${told.service}: ${landing.folder} went live by landing after v${before}`;
    return [{ invariant: 'an older artifact does not replace a newer one', text, at: told.at }];
  });
}

/** What lands last, when all disturbances are over, has all the traffic; of what landed before, each says why not. */
function newestLive(facts: Facts): Violation[] {
  const invariant = 'the newest good artifact is live';
  const silent = facts.landings
    .filter(({ kind }) => kind === 'good')
    .flatMap(({ service, folder, release, at }) => {
      const ends = facts.told.filter((told) => told.release === release);
      const mute = ends.find(({ result, code }) => result !== 'Live' && code === null);
      return mute === undefined
        ? []
        : [{ invariant, text: `${service}: ${folder} ended as ${mute.result} without a cause`, at }];
    });
  const last = facts.lastWords.flatMap(({ service, folder, release, at }) => {
    const live = facts.ends.find((end) => end.service === service)?.ledger?.live;
    if (live?.request.id === release) return [];
    const ends = facts.told.filter((told) => told.release === release);
    const how = ends.map(({ result, code, detail }) => `${result} ${code ?? ''} ${detail}`).join('; ');
    const text = `${service}: ${folder} landed when all disturbances were over and is not live (${how || 'no outcome'})`;
    return [{ invariant, text, at }];
  });
  return [...silent, ...last];
}

function deployedBeside({ ends }: Facts): Violation[] {
  return ends.flatMap(({ service, ledger, deployed }) => {
    if (ledger === null) return [];
    const beside = deployed.filter((id) => id !== ledger.live?.deployedModel);
    if (beside.length === 0) return [];
    const text = `${service}: ${beside.join(', ')} are deployed beside ${ledger.live?.deployedModel ?? 'no live model'}`;
    return [{ invariant: 'nothing is deployed beside the live model', text, at: Date.now() }];
  });
}

function restless({ ends }: Facts): Violation[] {
  return ends.flatMap(({ service, busy }) =>
    busy === null
      ? []
      : [{ invariant: 'every service comes to rest', text: `${service}: ${busy}`, at: Date.now() }],
  );
}

function ledgers({ ends }: Facts): Violation[] {
  const invariant = 'every ledger can be read, and is small';
  return ends.flatMap(({ service, unreadable, ledgerBytesMost }) => [
    ...(unreadable === null ? [] : [{ invariant, text: `${service}: ${unreadable}`, at: Date.now() }]),
    ...(ledgerBytesMost <= LEDGER_BYTES_MAX
      ? []
      : [{ invariant, text: `${service}: the ledger had ${ledgerBytesMost} bytes`, at: Date.now() }]),
  ]);
}

function errorLines(facts: Facts): Violation[] {
  return facts.errorLines
    .filter((line) => !isExplained(facts, line))
    .map(({ function: name, text, at }) => ({
      invariant: 'a disturbance explains every error line',
      text: `${name}: ${text}`,
      at,
    }));
}

function isExplained(facts: Facts, line: Facts['errorLines'][number]): boolean {
  const { message, at, release, function: name } = line;
  // Its cause was told, and is judged by the other invariants.
  if (message === 'release ended') return facts.told.some((told) => told.release === release);
  if (message === 'function process ended and is started again') {
    return facts.disturbances.some(
      ({ kind, target, from }) => kind === 'kill' && target === name && Math.abs(at - from) < 10_000,
    );
  }
  if (message === 'Google keeps refusing a call') return struck(facts, at - 300_000, at);
  if (message === 'model left deployed') return struck(facts, at - 900_000, at);
  return false;
}

/** Whether a fault, of that method or any, was set between the two instants. */
function struck({ disturbances }: Facts, from: number, until: number, method?: string): boolean {
  const isStriking = (one: Disturbance) =>
    one.kind === 'fault' && (method === undefined || one.target === method);
  return disturbances.some((one) => isStriking(one) && one.from <= until && one.until >= from);
}

/** Shorter runs say nothing of growth: a process that was killed has to warm up again. */
const GROWTH_FROM_MS = 600_000;
export const GROWTH_MAX = { share: 1.3, mb: 50 };

/** The mean of the last third of the run is at most that of the first third, times 1.3 and 50 MB more. */
function growth({ memory, startedAt, disturbedUntil }: Facts): Violation[] {
  if (disturbedUntil - startedAt < GROWTH_FROM_MS) return [];
  return [...memory].flatMap(([role, samples]) => {
    const { first, last } = thirds(samples, startedAt, disturbedUntil);
    if (first === null || last === null || last <= first * GROWTH_MAX.share + GROWTH_MAX.mb) return [];
    const text = `${role} grew from ${Math.round(first)} to ${Math.round(last)} MB`;
    return [{ invariant: 'no process grows', text, at: disturbedUntil }];
  });
}

/** Means in MB of the first third after a tenth to warm up, and of the last third. */
export function thirds(
  samples: readonly { readonly at: number; readonly mb: number }[],
  from: number,
  until: number,
): { readonly first: number | null; readonly last: number | null } {
  const warm = from + (until - from) / 10;
  const third = (until - warm) / 3;
  const mean = (start: number, end: number) => {
    const some = samples.filter(({ at }) => at >= start && at < end);
    return some.length === 0 ? null : some.reduce((sum, { mb }) => sum + mb, 0) / some.length;
  };
  return { first: mean(warm, warm + third), last: mean(until - third, until) };
}
