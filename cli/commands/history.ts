/** How the releases of a service ended, the last one first. */
import type { Service } from '../../functions/config/config.ts';
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import type { Outcome } from '../../functions/release/publish/outcome.ts';
import { artifactName } from '../ledger-view/progress.ts';
import { causeLines, resultText } from '../terminal/progress-text.ts';
import type { Theme } from '../terminal/screen.ts';
import { wentBackFrom } from '../ledger-view/rollback-origin.ts';
import { verdictViews, verdictText, type VerdictView } from '../ledger-view/verdicts.ts';
import { inSeconds, iso, moment, requester } from '../terminal/words.ts';

/** An entry of `slipway history --json`, documented in docs/cli.md. */
export interface PastRelease extends Pick<
  Outcome,
  'release' | 'result' | 'cause' | 'artifact' | 'version' | 'deployedModel' | 'askedBy'
> {
  readonly name: string;
  /** Who asked for it, for its promotion and for its end, as the messages state; null: they do not. */
  readonly requestedBy: string | null;
  readonly promotedBy: string | null;
  readonly endRequestedBy: string | null;
  readonly acceptedAt: string;
  readonly endedAt: string;
  readonly elapsedSeconds: number;
  /** The last verdict of every gate. */
  readonly verdicts: readonly VerdictView[];
  /** The release that this one went back from; null: it is no rollback, or its end is forgotten. */
  readonly rollbackFrom: string | null;
}

/** The ledger keeps the last twenty outcomes. */
export function historyReport(service: Service, ledger: Ledger | null): PastRelease[] {
  if (ledger === null) return [];
  return ledger.outcomes.map((outcome) => {
    const { release, result, cause, artifact, version, deployedModel, askedBy } = outcome;
    return {
      release,
      name: artifactName(service, artifact),
      result,
      cause,
      artifact,
      version,
      deployedModel,
      askedBy,
      requestedBy: requester(outcome.requestedBy),
      promotedBy: requester(outcome.promotedBy),
      endRequestedBy: requester(outcome.endRequestedBy),
      acceptedAt: iso(outcome.acceptedAt),
      endedAt: iso(outcome.endedAt),
      elapsedSeconds: inSeconds(outcome.endedAt - outcome.acceptedAt),
      verdicts: verdictViews(outcome.verdicts),
      rollbackFrom: result === 'Live' ? wentBackFrom(ledger, release) : null,
    };
  });
}

export function historyText(service: Service, releases: readonly PastRelease[], theme: Theme): string[] {
  const { paint } = theme;
  if (releases.length === 0) return [`${service.name}: no release yet`];
  const width = Math.max(...releases.map(({ name }) => name.length));
  return releases.flatMap((release) => {
    const when = paint('dim', moment(Date.parse(release.endedAt)));
    const who = paint('dim', `by ${release.askedBy.padEnd(8)}`);
    const origin = release.rollbackFrom === null ? '' : `, back from ${release.rollbackFrom}`;
    const line = `${when}  ${release.name.padEnd(width)}  ${who}  ${resultText(release, theme)}${origin}`;
    return [
      line,
      ...peopleLines(release, theme),
      ...causeLines(release.cause, 22, theme),
      ...verdictLines(release, theme),
    ];
  });
}

/** Who asked, where the messages state it. */
function peopleLines({ requestedBy, promotedBy, endRequestedBy }: PastRelease, { paint }: Theme): string[] {
  const said = [
    ...(requestedBy === null ? [] : [`asked for by ${requestedBy}`]),
    ...(promotedBy === null ? [] : [`promoted by ${promotedBy}`]),
    ...(endRequestedBy === null ? [] : [`ended by ${endRequestedBy}`]),
  ];
  return said.length === 0 ? [] : [`${' '.repeat(22)}${paint('dim', said.join(', '))}`];
}

/** What the gates of a release that did not go live have said, unless the cause has said it already. */
function verdictLines({ result, cause, verdicts }: PastRelease, theme: Theme): string[] {
  if (result === 'Live') return [];
  return verdicts.map((v) => {
    const reason = cause?.detail === v.reason ? '' : v.reason;
    return `${' '.repeat(22)}${verdictText({ ...v, reason }, theme)}`;
  });
}
