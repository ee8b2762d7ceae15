/** `slipway status` for people. Pure. */
import { causeLines, progressLine, resultText } from '../../terminal/progress-text.ts';
import { bar, type Theme, type Style } from '../../terminal/screen.ts';
import { verdictText } from '../../ledger-view/verdicts.ts';
import { byWhom, duration, moment, plural } from '../../terminal/words.ts';
import { costText } from './cost.ts';
import { outageText } from './outage.ts';
import { idleText } from './idle.ts';
import { hoursText, parkedText } from './parked.ts';
import { unusedText } from '../why/unused-views.ts';
import type { Left } from './refused.ts';
import type { Deployed, LiveModel, ServiceStatus, Standby } from './report.ts';

const BAR_WIDTH = 24;

export function statusText(status: ServiceStatus, theme: Theme): string[] {
  const { paint } = theme;
  const lines = [paint('bold', status.service)];
  const row = (title: string, text: string) => lines.push(`  ${title.padEnd(9)}${text}`);

  if (status.hold !== null) {
    const { since, reason, requestedBy } = status.hold;
    const lasted = duration(theme.now - Date.parse(since));
    row('on hold', paint('yellow', `for ${lasted}${byWhom(requestedBy, reason)}`));
  }
  if (status.parked !== null)
    row('parked', paint('yellow', parkedText(status.service, status.parked, theme.now)));
  if (status.hours !== null) row('hours', hoursText(status.hours));
  if (status.outage !== null) row('outage', paint('red', outageText(status.outage, theme.now)));
  if (status.problem !== null) {
    row('problem', paint('red', status.problem));
    row('', `"slipway rebuild ${status.service}" rebuilds it`);
  } else if (status.live !== null) row('live', liveText(status.live, theme));
  else row('live', status.release === null ? 'no release yet' : paint('yellow', 'nothing'));

  if (status.standby !== null) row('standby', standbyText(status.service, status.standby, theme));

  for (const [i, model] of status.deployed.entries()) {
    row(i === 0 ? 'traffic' : '', deployedText(model, theme));
  }
  const { release } = status;
  if (release?.state === 'running') {
    row('release', progressLine(release, theme));
    const { rollout, verdicts } = release;
    if (rollout?.bakingSince)
      row('', paint('dim', `baking since ${moment(Date.parse(rollout.bakingSince))}`));
    for (const [i, verdict] of verdicts.entries()) row(i === 0 ? 'gates' : '', verdictText(verdict, theme));
  }
  // The last end matters where it is not what made the live model.
  if (release?.state === 'ended' && release.release !== status.live?.release) {
    row('last', `${release.name} ${resultText(release, theme)}`);
    lines.push(...causeLines(release.cause, 11, theme));
  }
  for (const [i, request] of status.waiting.entries()) {
    const since = duration(theme.now - Date.parse(request.acceptedAt));
    row(i === 0 ? 'waiting' : '', `${request.name} for ${since} (${request.release}, by ${request.askedBy})`);
  }
  for (const [i, { call, code, words, since, times }] of status.refused.entries()) {
    const lasts = `${times} times in ${duration(theme.now - Date.parse(since))}`;
    row(i === 0 ? 'refused' : '', paint('yellow', `Google refuses ${call} (${code}, ${lasts})`));
    row('', words);
  }
  for (const [i, left] of status.left.entries()) {
    row(i === 0 ? 'left' : '', paint('yellow', leftText(left, theme)));
    row('', left.words);
  }
  if (status.cost !== null) row('cost', costText(status.cost, status.parked !== null));
  if (status.idle) row('idle', paint('yellow', idleText(status.service, status.idle)));
  if (status.leftDeployed !== null) row('', paint('yellow', billedText(status.leftDeployed)));
  if (status.host !== null) row('host', status.host);
  for (const [i, text] of status.fixed.entries())
    row(i === 0 ? 'endpoint' : '', paint('yellow', `${text}; only a new endpoint can be otherwise`));
  for (const [i, view] of (status.unusedViews ?? []).entries())
    row(i === 0 ? 'unused' : '', paint('yellow', unusedText(view)));
  for (const [i, { text, mendedBy }] of status.drift.entries()) {
    const next = status.hold === null ? `the next sweep calls ${mendedBy}` : 'not repaired while on hold';
    row(i === 0 ? 'drift' : '', paint('yellow', `${text}; ${next}`));
  }
  return lines;
}

const LEFT: Record<Left['what'], string> = {
  undeploy: 'model is still deployed and billed:',
  deleteVersion: 'version is still there:',
  moveAliases: 'aliases do not name version',
  giveBack: 'traffic must still be moved away from',
  operation: 'operation goes on for',
};

function leftText({ what, subject, nextTry }: Left, { now }: Theme): string {
  const left = nextTry === null ? 0 : Date.parse(nextTry) - now;
  return `${LEFT[what]} ${subject}${left > 0 ? `; the next try is in ${duration(left)}` : ''}`;
}

function billedText({ models, replicas, machineType }: NonNullable<ServiceStatus['leftDeployed']>): string {
  return `${plural(models, 'model')} left deployed: at least ${plural(replicas, 'replica')} of ${machineType} billed for nothing`;
}

function liveText(live: LiveModel, { paint, now }: Theme): string {
  const since = duration(now - Date.parse(live.since));
  const details = `, version ${live.version}, deployed model ${live.deployedModel}, for ${since}`;
  return `${paint('green', live.name)}${paint('dim', details)}`;
}

/** Where a rollback goes, and how long that will still be quick. */
function standbyText(service: string, { name, isDeployed, until }: Standby, { paint, now }: Theme): string {
  if (!isDeployed) return `${name} ${paint('dim', 'is no longer deployed: a rollback deploys it again')}`;
  const left = Date.parse(until) - now;
  const kept =
    left > 0
      ? `stays deployed until ${moment(Date.parse(until))}, ${duration(left)} more`
      : 'will be undeployed shortly';
  return `${name} ${kept}; ${paint('dim', `"slipway rollback ${service}" brings it back in seconds`)}`;
}

const ROLES: Record<Deployed['role'], Style> = {
  live: 'green',
  candidate: 'cyan',
  standby: 'dim',
  leftover: 'yellow',
  foreign: 'yellow',
};

function deployedText({ deployedModel, percent, role, name }: Deployed, { paint, bars }: Theme): string {
  const share = `${String(percent).padStart(3)} %`;
  const drawn = bars ? `${paint(ROLES[role], bar(percent / 100, BAR_WIDTH))} ` : '';
  const whose = role === 'foreign' ? 'not deployed by Slipway' : role;
  return `${drawn}${share}  ${name} ${paint('dim', `(${deployedModel}, ${whose})`)}`;
}
