/** What the endpoint has to be like at rest: the live model alone, with all that is Slipway's to give. */
import { ownerOf } from '../../functions/release/ids.ts';
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import { ENDPOINT, FOREIGN } from './config.ts';
import type { Facts } from './facts.ts';
import { checkParked } from './parked.ts';
import type { Report } from './invariants.ts';
import { checkScale } from './scaled.ts';
import type { WatchedRun } from './run-context.ts';

const HOUR = 3_600_000;

export function checkEndpoint(sim: WatchedRun, facts: Facts, ledger: Ledger, report: Report): void {
  for (const { kind, endsAt } of sim.vertex.operations.unfinished)
    if (endsAt !== Infinity) report('L1', `${kind} is still in progress`);
  const endpoint = sim.vertex.endpoint(ENDPOINT.name);
  const { live } = ledger;
  checkLeftovers(sim, facts, ledger, report);
  checkRemembered(sim, ledger, report);
  checkScale(sim, facts, ledger, report);
  checkParked(sim, facts, ledger, mayStay(sim, facts, ledger), report);
  if (ledger.parked !== undefined) return;
  if (live === null) {
    // What nothing of ours could take the place of serves on, and has back what was taken.
    const share = endpoint?.traffic.get(FOREIGN.id) ?? 0;
    const { foreignServes, rollout } = sim.scenario;
    // What went live has taken it over, as it was asked to: that it cannot be brought back later gives nothing back.
    const isTaken = rollout?.takeOver === true && facts.told.some(({ result }) => result === 'Live');
    const isKept = foreignServes === true && !isTaken && facts.acts.size === 0 && !sim.lasting.isForEver;
    if (isKept && share !== 100) report('S10', `the model of others has ${share} % of the traffic left`);
    return;
  }
  // What Google refuses for ever it refuses the repair too.
  if (sim.lasting.isForEver) return;
  const model = endpoint?.deployed.get(live.deployedModel);
  if (model?.state !== 'ready')
    report('L1', `the live model ${live.deployedModel} is ${model?.state ?? 'not there'}`);
  const share = endpoint?.traffic.get(live.deployedModel) ?? 0;
  const foreign = endpoint?.traffic.get(FOREIGN.id) ?? 0;
  if (share !== 100 - foreign) report('L1', `the live model has ${share} % of the traffic`);
  if (facts.acts.size > 0) return;
  // Where they are refused for good it is the sweep that tries again.
  const isRefused = sim.faults.struck.some(({ site }) => site.startsWith('vertex.moveAliases'));
  if (isRefused && sim.scenario.sweep === null) return;
  if (sim.lasting.isRefusedNow('vertex.moveAliases')) return;
  const aliases = sim.vertex.models.versionOf(model?.model ?? '', model?.version ?? '')?.aliases ?? [];
  if (!aliases.includes('live') || !aliases.includes('default'))
    report('L1', `the live version has the aliases ${aliases.join(', ')}`);
}

/** What hangs for ever, on a whole, is in the ledger, for people and for the next deployment. */
function checkRemembered(sim: WatchedRun, ledger: Ledger, report: Report): void {
  const known = 'abandoned' in ledger ? JSON.stringify(ledger.abandoned) : '[]';
  const remembered = known.split('"subject"').length - 1;
  // A day later nothing is to be expected of it any more; and a few are remembered at a time.
  const recent = sim.vertex.operations.unfinished.filter(
    ({ kind, startedAt }) => kind === 'deploy' && startedAt > sim.agenda.now - 12 * HOUR,
  );
  // Of a call whose reply was lost nobody knows the operation.
  const isKnown = sim.faults.struck.length > 0 || ledger.pending !== null;
  if (recent.length > 0 && remembered === 0 && !isKnown)
    report('L1', `${recent.length} deployments hang, and the ledger says nothing of them`);
}

function checkLeftovers(sim: WatchedRun, facts: Facts, ledger: Ledger, report: Report): void {
  const endpoint = sim.vertex.endpoint(ENDPOINT.name);
  const { live, previous } = ledger;
  const standby = previous !== undefined && !previous.retired ? previous.live.deployedModel : null;
  const isKept = (id: string) => id === standby && sim.agenda.now < (previous?.until ?? 0);
  const ours = [...(endpoint?.deployed.values() ?? [])].filter((d) => ownerOf(d.id, d.displayName) !== null);
  // What could not be undeployed, and was told, waits for its next try.
  const isLeft = (id: string) =>
    ledger.leftovers?.some(
      (l) =>
        l.kind === 'undeploy' && l.subject === id && l.announced === true && l.notBefore > sim.agenda.now,
    ) ?? false;
  const extra = ours.filter((d) => d.id !== live?.deployedModel && !isKept(d.id) && !isLeft(d.id));
  if (extra.length === 0 || mayStay(sim, facts, ledger)) return;
  report('L1', `${extra.map((d) => `${d.id} (${d.state})`).join(', ')} is left deployed`);
}

/** What has been deployed after its release had ended shows to the sweep alone. */
function areLate(sim: WatchedRun, facts: Facts): boolean {
  const deployments = [...sim.vertex.operations.all.values()].filter(({ kind }) => kind === 'deploy');
  return deployments.some(({ subject, endsAt }) => {
    const release = /r-[0-9a-f]{12}/.exec(subject)?.[0];
    return facts.told.some((told) => told.release === release && told.endedAt < endsAt);
  });
}

function mayStay(sim: WatchedRun, facts: Facts, ledger: Ledger): boolean {
  const { scenario, faults, lasting } = sim;
  // A deployment that Vertex has forgotten while it went on is found by the sweep, once it is there.
  // So is what could not be undeployed a few times: the ledger has it.
  // And what was refused, or did not end: no tick stays awake for it for ever.
  const isNoted =
    ledger.leftovers !== undefined || ledger.abandoned !== undefined || ledger.refusals !== undefined;
  const isKept = faults.struck.some(({ fault }) => fault.is === 'forgotten') || isNoted;
  if ((isKept || areLate(sim, facts)) && scenario.sweep === null) return true;
  // With the ledger lost, or the live release given up, what serves is left alone.
  const traffic = sim.vertex.endpoint(ENDPOINT.name)?.traffic;
  // It was undeployed by hand or by a park, and could not be deployed again.
  const wasTaken = facts.acts.size > 0 || ledger.parkedAt !== undefined;
  const serves = wasTaken && (traffic?.size ?? 0) > 0;
  if (ledger.live === null && (facts.hasLostLedger || serves)) return true;
  // Undeploying is refused, does not end or fails for ever; or what has to come before it is.
  const isHanging = sim.vertex.operations.unfinished.some(({ endsAt }) => endsAt === Infinity);
  const isRefused = lasting.isRefusedNow('vertex.undeploy') || lasting.fateOf('undeploy') !== null;
  return isHanging || isRefused || lasting.isForEver;
}
