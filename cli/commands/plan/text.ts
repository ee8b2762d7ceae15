/** `slipway plan` for people. Pure. */
import type { Theme } from '../../terminal/screen.ts';
import { dollars } from '../../cost/prices.ts';
import { duration, plural, printable } from '../../terminal/words.ts';
import type { PlannedCall, PlanReport } from './report.ts';

export function planText(plan: PlanReport, { paint }: Theme): string[] {
  const lines = [
    `${paint('bold', plan.service)}: release ${plan.name} ${paint('dim', `(${plan.artifact})`)}`,
    `as ${plan.release}, if asked for with --request-id ${plan.requestId}`,
  ];
  if (plan.inProgress !== null) {
    lines.push(`${plan.inProgress} is in progress: it ends or is requeued first; its calls are in the list`);
  }
  if (plan.onHold)
    lines.push(paint('yellow', `on hold: the release starts after "slipway resume ${plan.service}"`));
  lines.push('');
  const rows = plan.calls.map((call) => [
    `after ${duration(call.afterSeconds * 1000)}`,
    call.method,
    call.takesSeconds === null ? 'at once' : `takes ${duration(call.takesSeconds * 1000)}`,
    callText(call),
  ]);
  lines.push(...(rows.length === 0 ? ['  no calls: nothing would change'] : columns(rows)), '');

  if (plan.result !== 'Live') {
    const { cause } = plan;
    const why = cause === null ? '' : `: ${cause.text} (${printable(cause.detail)})`;
    lines.push(paint('red', `it would end ${plan.result ?? 'nowhere'}${why}`));
    return lines;
  }
  lines.push(
    `${paint('green', 'Live')} after about ${duration((plan.seconds ?? 0) * 1000)}, all done after ${duration(plan.restSeconds * 1000)} ${paint('dim', `(${TIMES[plan.times]})`)}`,
    ...wakeText(plan),
    ...outageText(plan).map((line) => paint('yellow', line)),
    ...rolloutText(plan),
    overlapText(plan),
    ...leftText(plan),
    rollbackText(plan),
    costText(plan),
  );
  return lines;
}

const TIMES: Record<PlanReport['times'], string> = {
  measured: 'durations as measured before',
  'partly measured': 'durations as measured before, or as usual on Vertex AI',
  typical: 'durations as usual on Vertex AI; none measured yet',
};

function rolloutText({ rollout: { steps, gates, minutes, hasPartner } }: PlanReport): string[] {
  const taken = hasPartner ? steps : steps.slice(-1);
  const lines = [`steps: ${taken.map(stepText).join(', ')}`];
  if (hasPartner && steps.some(({ bakeSeconds }) => bakeSeconds > 0))
    lines.push(`with all bakes: ${duration(minutes * 60_000)} from its start to Live`);
  if (gates.length > 0) lines.push(`gates, assumed to pass: ${gates.join(', ')}`);
  return lines;
}

function stepText({ traffic, bakeSeconds }: PlanReport['rollout']['steps'][number]): string {
  return bakeSeconds === 0 ? `${traffic} %` : `${traffic} % for ${duration(bakeSeconds * 1000)}`;
}

function overlapText(plan: PlanReport): string {
  const { replicas, machineType, rollout } = plan;
  if (rollout.strategy === 'recreate') return 'overlap: none, one model at a time';
  const hours = overlapHours(plan);
  if (hours === 0) return 'overlap: none, no other model is deployed';
  const until =
    rollout.standbySeconds > 0 ? `, ${duration(rollout.standbySeconds * 1000)} of it as standby` : '';
  return `overlap: ${hours.toFixed(hours < 0.1 ? 4 : 2)} replica-hours (${plural(replicas, 'replica')} of ${machineType} more while two models are deployed${until})`;
}

/** A parked service is down until its release is live. */
function wakeText({ wakes, seconds }: PlanReport): string[] {
  if (!wakes) return [];
  const until = duration((seconds ?? 0) * 1000);
  return [`wake: the service is parked, and this release wakes it: callers get answers after about ${until}`];
}

function costText(plan: PlanReport): string {
  const { perHour, unknown, date } = plan.price;
  if (perHour === null) return `cost: ${unknown ?? ''}`;
  const hours = overlapHours(plan);
  const overlap = hours === 0 ? '' : `, and ${dollars(perHour * hours)} for the overlap`;
  return `cost: about ${dollars(perHour * plan.replicas)} an hour while it is live${overlap} (prices of ${date})`;
}

/** As the policy makes it where it keeps both models for a while, else as rehearsed. */
function overlapHours({ overlapReplicaHours, rollout }: PlanReport): number {
  const { strategy, standbySeconds, steps, hasPartner, replicaHours } = rollout;
  if (strategy === 'recreate') return 0;
  const isKept = standbySeconds > 0 || steps.some(({ bakeSeconds }) => bakeSeconds > 0);
  return isKept && hasPartner ? replicaHours : overlapReplicaHours;
}

function outageText({ rollout: { strategy, hasPartner, downtimeSeconds } }: PlanReport): string[] {
  if (strategy !== 'recreate' || !hasPartner) return [];
  return [`outage: nothing serves for about ${duration(downtimeSeconds * 1000)} (strategy: recreate)`];
}

/** They hold no release back, so the plan of a release has to show them. */
function leftText({ leftDeployed: { models, replicas }, machineType }: PlanReport): string[] {
  if (models === 0) return [];
  return [
    `left deployed: ${plural(models, 'model')} that could not be undeployed, at least ${plural(replicas, 'replica')} of ${machineType}; this release comes on top of ${models === 1 ? 'it' : 'them'}`,
  ];
}

function rollbackText({ rollout }: PlanReport): string {
  const { strategy, hasPartner, rollbackSeconds, standbySeconds } = rollout;
  if (!hasPartner) return 'rollback: no earlier release';
  const how = strategy === 'recreate' ? 'redeploy, nothing serves meanwhile' : 'redeploy';
  const redeployed = `about ${duration(rollbackSeconds.redeploy * 1000)} (${how})`;
  if (standbySeconds === 0) return `rollback: ${redeployed}`;
  return `rollback: ${duration(rollbackSeconds.standby * 1000)} during standby, then ${redeployed}`;
}

/** What the call is about, in a few words; all of it is in --json. */
export function callText({ method, target, arguments: args }: Omit<PlannedCall, 'afterSeconds'>): string {
  const of = (name: string) => text(args[name]);
  const id = target.slice(target.lastIndexOf('/') + 1);
  switch (method) {
    case 'CreateEndpoint':
      return `endpoint ${id}, display name ${of('displayName')}`;
    case 'UploadModel':
      return `a version of ${id} from ${of('artifactUri')}, image ${of('imageUri')}`;
    case 'CopyModel':
      return `${id}, a copy of ${of('sourceModel')}`;
    case 'DeployModel':
      return `${of('model').split('/').at(-1)} as ${of('deployedModelId')} on endpoint ${id}, no traffic, ${of('minReplicas')} to ${of('maxReplicas')} × ${of('machineType')}`;
    case 'UpdateEndpointLongRunning':
      return `endpoint ${id}: predictions take ${of('timeoutMs')} ms at most`;
    case 'UpdateEndpoint':
      if (args['requestLogging'] !== undefined)
        return `endpoint ${id}: request logging ${of('requestLogging')}`;
      return args['trafficSplit'] === undefined
        ? `endpoint ${id}: the label of this writer`
        : `endpoint ${id}: traffic ${splitText(args['trafficSplit'])}`;
    case 'MergeVersionAliases':
      return `${id}: aliases ${of('versionAliases')}`;
    case 'UndeployModel':
      return `${of('deployedModelId')} from endpoint ${id}`;
    default:
      return id;
  }
}

/** `4567890123: 90 %, 77: 10 %`: the largest share first. */
export function splitText(split: unknown): string {
  return Object.entries<unknown>(Object(split))
    .toSorted(([, a], [, b]) => Number(b) - Number(a))
    .map(([id, percent]) => `${id}: ${text(percent)} %`)
    .join(', ');
}

function text(value: unknown): string {
  if (Array.isArray(value)) return value.map(text).join(', ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value ?? '');
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
}
