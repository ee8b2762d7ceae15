/** Follows releases to their end: each change once, or on a terminal one line for each that is redrawn. */
import { LOG } from '../../../common/log-messages.ts';
import type { Service } from '../../../functions/config/config.ts';
import { CallError, isTransient } from '../../../functions/errors.ts';
import { emptyLedger } from '../../../functions/release/ledger/ledger.ts';
import { hasWork } from '../../../functions/release/ledger/queries.ts';
import { EXIT, Failure, type ExitCode } from '../../terminal/failure.ts';
import { currentRelease, progressOf, type Progress } from '../../ledger-view/progress.ts';
import { causeLines, progressLine } from '../../terminal/progress-text.ts';
import type { Screen } from '../../terminal/screen.ts';
import { ledgerOf, type Session } from '../../session.ts';
import { verdictText, type VerdictView } from '../../ledger-view/verdicts.ts';
import { duration } from '../../terminal/words.ts';

/** In ms. */
const POLL = 1_000;
/** In ms. After this a request that the ledger does not have was refused, or no function reads requests. */
export const UNSEEN_MAX = 60_000;
/** A call may fail so often in a row, for a reason that may pass. */
export const FAILURES_MAX = 5;

export interface Target {
  readonly service: Service;
  readonly release: string;
}

/** All releases in progress, or the last release of `service` where none is. */
export async function targetsOf(session: Session, service: Service | undefined): Promise<Target[]> {
  const all = service === undefined ? [...session.config.services.values()] : [service];
  const found = await Promise.all(
    all.map(async (each) => {
      const ledger = await ledgerOf(session, each);
      const release = ledger === null ? null : currentRelease(ledger);
      if (ledger === null || release === null) return [];
      return service !== undefined || hasWork(ledger) ? [{ service: each, release }] : [];
    }),
  );
  return found.flat();
}

/** Resolves when all have ended: 0 if every one went live, or ended otherwise `asAsked`; else 1. */
export async function watch(
  session: Session,
  screen: Screen,
  targets: readonly Target[],
  form: 'text' | 'json',
  asAsked: (end: Progress) => boolean = ({ result }) => result === 'Live',
): Promise<ExitCode> {
  const { clock } = session.world;
  const started = clock.now();
  const told: Printed = { states: new Map(), verdicts: new Set() };
  let failures = 0;
  for (;;) {
    let all: Progress[];
    try {
      all = await Promise.all(targets.map((target) => observe(session, target)));
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!(error instanceof CallError) || !isTransient(error.status) || failures >= FAILURES_MAX)
        throw error;
      await clock.sleep(POLL * failures);
      continue;
    }
    const now = clock.now();
    const over = all.every(({ state }) => state === 'ended');
    const lineOf = (progress: Progress) =>
      withService(targets, progress, progressLine(progress, screen.theme(now)));
    const linesOf = (progress: Progress) =>
      progress.state === 'ended'
        ? [lineOf(progress), ...causeLines(progress.cause, 2, screen.theme(now))]
        : [lineOf(progress)];
    const verdictsOf = (progress: Progress, verdicts: readonly VerdictView[]) =>
      verdicts.map((v) => withService(targets, progress, `  ${verdictText(v, screen.theme(now))}`));
    if (form === 'text' && screen.isTerminal) {
      // The last word is not cut to the terminal's width.
      const withVerdicts = (progress: Progress) => [
        ...verdictsOf(progress, progress.verdicts),
        ...linesOf(progress),
      ];
      screen.frame(over ? [] : all.flatMap(withVerdicts));
      if (over) screen.print(all.flatMap(withVerdicts));
    } else {
      for (const progress of all) {
        const verdicts = newVerdicts(told, progress);
        if (form === 'text') screen.print(verdictsOf(progress, verdicts));
        if (!isNews(told, progress) && (form === 'text' || verdicts.length === 0)) continue;
        if (form === 'json') screen.json(progress, 'line');
        else screen.print(linesOf(progress));
      }
    }
    if (over) return all.every(asAsked) ? EXIT.ok : EXIT.failed;
    const unseen = all.find(({ state }) => state === 'unseen');
    if (unseen !== undefined && now - started > UNSEEN_MAX) throw neverTakenIn(unseen);
    await clock.sleep(POLL);
  }
}

async function observe(session: Session, { service, release }: Target): Promise<Progress> {
  const { vertex, clock } = session.world;
  const ledger = await ledgerOf(session, service);
  const name = ledger?.release?.request.id === release ? ledger.pending?.name : null;
  const operation = name === null || name === undefined ? null : await vertex.getOperation(name);
  return progressOf(
    service,
    ledger ?? emptyLedger(service.name, clock.now()),
    release,
    operation,
    clock.now(),
  );
}

/** What has been said so far: of each service, and of what its gates have said. */
interface Printed {
  readonly states: Map<string, string>;
  readonly verdicts: Set<string>;
}

/** What has not been told: another step, stage, attempt or end; that time goes by is no news. */
function isNews({ states }: Printed, progress: Progress): boolean {
  const { service, state, onHold, step, stage, attempt, rollout, promoted, result } = progress;
  const news = JSON.stringify([state, onHold, step, stage, attempt, rollout?.step, promoted, result]);
  if (states.get(service) === news) return false;
  states.set(service, news);
  return true;
}

/** A gate that says the same again has said nothing new. */
function newVerdicts({ verdicts }: Printed, { service, verdicts: all }: Progress): VerdictView[] {
  return all.filter(({ gate, step, verdict, reason }) => {
    const said = JSON.stringify([service, gate, step, verdict, reason]);
    if (verdicts.has(said)) return false;
    verdicts.add(said);
    return true;
  });
}

function withService(targets: readonly Target[], { service }: Progress, line: string): string {
  if (targets.length === 1) return line;
  const width = Math.max(...targets.map((target) => target.service.name.length));
  return `${service.padEnd(width)}  ${line}`;
}

function neverTakenIn({ service, release }: Progress): Failure {
  return new Failure(
    EXIT.unreachable,
    `release ${release} of ${service} was not picked up within ${duration(UNSEEN_MAX)}: check the log of the function on-request for "${LOG.eventRefused}"`,
  );
}
