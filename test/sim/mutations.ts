/**
 * The design, broken on purpose: each mutation takes one defence away. The simulation has to notice every one of
 * them, or it proves nothing about the engine that has them all.
 *
 * A mutation edits the source text of a module as it is loaded; what it looks for has to be there exactly once, so
 * that a mutation that no longer means anything fails loudly.
 */
import type { Profile } from './run.ts';

export interface Mutation {
  readonly name: string;
  /** Where it shows best. */
  readonly profile: Profile;
  readonly edits: readonly Edit[];
  /** Shows too rarely in seeds of the usual number: the tape that has what it takes. */
  readonly tape?: string;
  /** Why nothing can notice it. */
  readonly equivalent?: string;
}

export interface Edit {
  /** From the repository's root. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

const PLAN = 'functions/release/plan.ts';
const ANNOUNCE = 'functions/release/announce.ts';
const TIDY = 'functions/release/tidy.ts';
const TRAFFIC = 'functions/release/traffic.ts';
const ROLLOUT = 'functions/release/rollout.ts';
const EXAMINE = 'functions/release/examine.ts';
const GOLDEN = 'functions/release/gates/golden.ts';
const FOLLOW = 'functions/release/follow.ts';
const TICK = 'functions/release/tick.ts';
const ACT = 'functions/release/act.ts';
const ENDS = 'functions/release/ends.ts';
const HELD = 'functions/release/held-ledger.ts';
const LEDGER = 'functions/release/ledger.ts';
const ACCEPT = 'functions/release/accept.ts';
const INTAKE = 'functions/intake.ts';
const ON_TICK = 'functions/on-tick.ts';
const PORTS = 'test/sim/ports.ts';

export const MUTATIONS: readonly Mutation[] = [
  // Which release
  {
    name: 'newest by arrival order',
    profile: 'general',
    edits: [
      {
        file: LEDGER,
        find: 'if (best === null || compareOrder(request.order, best.order) > 0) best = request;',
        put: 'best = request;',
      },
      {
        file: LEDGER,
        find: 'return next !== null && compareOrder(next.order, request.order) > 0 ? next : null;',
        put: 'return next !== null && next.acceptedAt > request.acceptedAt ? next : null;',
      },
    ],
  },
  {
    name: 'older artifact accepted after a newer one is live',
    profile: 'general',
    edits: [
      {
        file: ACCEPT,
        find: 'if (ledger.live !== null && compareOrder(request.order, ledger.live.request.order) <= 0)',
        put: 'if (Math.random() < 0)',
      },
    ],
  },
  {
    name: 'artifact not verified',
    profile: 'live',
    edits: [
      {
        file: EXAMINE,
        find: 'verified = await verify(hands.world.artifacts, request);',
        put: "verified = { marker: { bucket: '', name: '', generation: '', createdAt: 0, size: 0, checksum: null, contentEncoding: null }, manifest: null }; await Promise.resolve(verify);",
      },
    ],
  },
  // When to acknowledge
  {
    name: 'acknowledge when the lease is busy',
    profile: 'live',
    edits: [
      {
        file: TICK,
        find: "return { end: 'again', why: 'another tick is at work' };",
        put: "return { end: 'idle' };",
      },
    ],
  },
  {
    name: 'acknowledge when another holder covers it',
    profile: 'live',
    edits: [
      {
        file: TICK,
        find: "if (error instanceof Deposed) return { end: 'again', why: error.message };",
        put: "if (error instanceof Deposed) return { end: 'idle' };",
      },
    ],
  },
  {
    name: 'acknowledge before the successor is published',
    profile: 'live',
    edits: [
      {
        file: TICK,
        find: "await world.bus.publish('ticks', { service: service.name }, { service: service.name });",
        put: "void world.bus.publish('ticks', { service: service.name }, { service: service.name }).catch(() => {});",
      },
    ],
  },
  {
    name: 'no look for late requests before resting',
    profile: 'live',
    edits: [{ file: TICK, find: 'if (hasWork(hands.held.ledger)) return publishNext(hands);', put: '' }],
  },
  {
    name: 'old tick dropped',
    profile: 'live',
    edits: [
      {
        file: ON_TICK,
        find: 'const RENEWED_AFTER_MS = 3_600_000;',
        put: 'const RENEWED_AFTER_MS = 300_000;',
      },
      {
        file: ON_TICK,
        find: "await wake(app, service);\n      log.info({ service: service.name }, 'tick renewed');",
        put: 'await Promise.resolve();',
      },
    ],
  },
  {
    name: 'no tick for a request that is known',
    profile: 'live',
    edits: [{ file: INTAKE, find: 'if (hasWork(ledger)) await', put: "if (verdict === 'accepted') await" }],
  },
  // What a failure means
  {
    name: 'passing failure taken for final',
    profile: 'live',
    edits: [{ file: FOLLOW, find: 'const again = isTransient(error.status);', put: 'const again = false;' }],
  },
  {
    name: 'done without a look at the error',
    profile: 'live',
    edits: [
      {
        file: FOLLOW,
        find: 'if (seen.operation.error !== null) return unsuccessful(pending, seen.operation.error);',
        put: '',
      },
    ],
  },
  {
    name: 'done operation without its resource is waited for',
    profile: 'live',
    edits: [
      {
        file: FOLLOW,
        find: "if (pending.name !== null) return { do: 'note', change: { note: 'replyLost' } };\n  return waitForTrace",
        put: "if (pending.name !== null) return { do: 'wait', ms: 30_000, why: 'its resource' };\n  return waitForTrace",
      },
    ],
  },
  {
    name: 'attempt reused after a failure',
    profile: 'general',
    edits: [
      {
        file: ENDS,
        find: "const attempt = ledger.pending?.kind === 'deploy' ? release.attempt + 1 : release.attempt;",
        put: 'const { attempt } = release;',
      },
    ],
  },
  {
    name: 'refused call repeated at once',
    profile: 'general',
    edits: [
      { file: TICK, find: "if (action.do !== 'note') failures = 0;", put: 'failures = 0;' },
      {
        file: TICK,
        find: 'await checkFence(hands, seen.endpoints?.[0]);',
        put: 'await checkFence(hands, seen.endpoints?.[0]);\n        failures = 0;',
      },
    ],
  },
  // Readiness
  {
    name: 'no readiness gate',
    profile: 'general',
    edits: [
      {
        file: FOLLOW,
        find: 'if (!seen.operation.done) return',
        put: "if (!seen.operation.done && pending.kind !== 'deploy') return",
      },
    ],
  },
  {
    name: 'model taken for ready when it shows',
    profile: 'live',
    edits: [
      { file: FOLLOW, find: 'if (endpoint !== undefined && isProven)', put: 'if (endpoint !== undefined)' },
    ],
  },
  {
    name: 'recorded phase trusted',
    profile: 'drift',
    edits: [
      {
        file: TRAFFIC,
        find: 'return endpoint !== undefined && endpoint.deployedModels.some((model) => model.id === live.deployedModel);',
        put: 'return endpoint === undefined || live !== null;',
      },
    ],
  },
  // Taking away
  {
    name: 'undeploy the old one first',
    profile: 'general',
    edits: [
      {
        file: PLAN,
        find: 'const [leftover] = retirable(endpoint, ledger, Infinity);',
        put: 'const [leftover] = retirable(endpoint, { ...ledger, live: null }, Infinity);',
      },
      { file: TIDY, find: 'shareOf(endpoint, model.id) === 0,', put: 'true,' },
    ],
  },
  {
    name: 'cleanup by the keys of the split',
    profile: 'general',
    edits: [
      {
        file: TIDY,
        find: 'model.id !== live?.deployedModel &&',
        put: 'model.id !== live?.deployedModel && endpoint.traffic.has(model.id) &&',
      },
    ],
  },
  {
    name: 'what others deployed is undeployed',
    profile: 'general',
    edits: [
      {
        file: TIDY,
        find: 'isOurs(model) &&\n      model.id !== live',
        put: 'model.id !== live',
      },
    ],
  },
  {
    name: 'traffic of others taken',
    profile: 'drift',
    edits: [
      {
        file: TRAFFIC,
        find: 'const traffic = service.rollout.takeOver ? new Map<string, number>() : heldByOthers(endpoint);',
        put: 'const traffic = new Map<string, number>();',
      },
    ],
  },
  // Fences
  {
    name: 'no lease',
    profile: 'zombie',
    edits: [{ file: HELD, find: "if (lease !== null && lease.until > now) return 'busy';", put: '' }],
  },
  {
    name: 'lease never runs out',
    profile: 'live',
    edits: [
      {
        file: HELD,
        find: "if (lease !== null && lease.until > now) return 'busy';",
        put: "if (lease !== null) return 'busy';",
      },
    ],
  },
  {
    name: 'deposed holder writes on',
    profile: 'zombie',
    edits: [{ file: HELD, find: "throw new Deposed('the ledger was taken by another tick');", put: '' }],
  },
  {
    name: 'no fence before undeploying',
    tape: 'ledger-is-deleted-with-a-shift-in-flight',
    profile: 'zombie',
    edits: [
      {
        file: TIDY,
        find: "if (now < notBefore) return { do: 'wait', ms: notBefore - now, why: 'next attempt to undeploy' };\n  if (!isFenced(endpoint, ledger)) return { do: 'fence', endpoint };",
        put: '',
      },
    ],
  },
  {
    name: 'higher epoch on the endpoint ignored',
    profile: 'zombie',
    edits: [
      {
        file: TICK,
        find: 'if (!Number.isSafeInteger(label) || label <= held.ledger.epoch) return;',
        put: 'if (label >= 0 || Number.isNaN(label)) return;',
      },
    ],
  },
  {
    name: 'traffic shifted without the epoch',
    profile: 'zombie',
    edits: [
      {
        file: ACT,
        find: 'const labels = new Map([...endpoint.labels, [LABELS.epoch, String(held.ledger.epoch)]]);',
        put: 'const labels = endpoint.labels;',
      },
    ],
  },
  {
    name: 'own shift in flight forgotten',
    tape: 'own-shift-lands-after-it-was-given-up',
    profile: 'zombie',
    edits: [
      {
        file: ACT,
        find: 'if (error instanceof CallError && isUncertain(error.status)) held.raiseEpoch();',
        put: '',
      },
    ],
  },
  // The ledger
  {
    name: 'call without its intent',
    profile: 'live',
    edits: [
      {
        file: ACT,
        find: 'await held.save((ledger) => ({ ...ledger, pending: { kind, subject, name: null, since } }));',
        put: 'held.defer((ledger) => ({ ...ledger, pending: { kind, subject, name: null, since } }));',
      },
    ],
  },
  {
    name: 'unreadable ledger taken for an empty one',
    profile: 'drift',
    edits: [
      {
        file: LEDGER,
        find: "throw unreadable(service, 'expected JSON', { cause });",
        put: 'return Object.assign(emptyLedger(service, 0), { cause: String(cause) });',
      },
    ],
  },
  {
    name: 'end told without waiting for the broker',
    profile: 'live',
    edits: [
      {
        file: ANNOUNCE,
        find: "await world.bus.publish('events', message, {",
        put: "void world.bus.publish('events', message, {",
      },
      {
        file: ANNOUNCE,
        find: 'release: outcome.release,\n  });',
        put: 'release: outcome.release,\n  }).catch(() => {});',
      },
    ],
  },
  {
    name: 'own lost write not recognised',
    equivalent:
      'the lease counts its writes, a request is taken in once by its id, and a lease taken unawares runs out: it costs ten minutes',
    profile: 'live',
    edits: [{ file: HELD, find: 'if (found?.ledger.writeId === next.writeId) return found;', put: '' }],
  },
  // Found by the simulation, and mended
  {
    name: 'another success of the same id taken for proof',
    profile: 'live',
    edits: [
      {
        file: FOLLOW,
        find: 'if (endpoint === undefined && ours === undefined) return settled();',
        put: 'if (endpoint === undefined) return settled();',
      },
    ],
  },
  {
    name: 'deployment that does not show given up at once',
    tape: 'success-does-not-show-yet',
    profile: 'general',
    edits: [
      {
        file: FOLLOW,
        find: "if (endpoint === undefined && pending.doubted !== true) return { do: 'note', change: { note: 'doubted' } };",
        put: '',
      },
    ],
  },
  {
    name: 'endpoint looked at before its operations',
    profile: 'zombie',
    equivalent: 'what has succeeded and does not show is looked for once more, after a pause',
    edits: [
      {
        file: FOLLOW,
        find: "if (name === null && seen.deployments === undefined) return { do: 'look', at: 'deployments' };",
        put: "if (seen.endpoints === undefined) return { do: 'look', at: 'endpoints' };\n  if (name === null && seen.deployments === undefined) return { do: 'look', at: 'deployments' };",
      },
    ],
  },
  {
    name: 'no tick with a refusal',
    profile: 'live',
    edits: [
      { file: INTAKE, find: 'if (ledger !== null && hasWork(ledger)) await wake(app, service);', put: '' },
    ],
  },
  {
    name: 'given up without a fence',
    profile: 'zombie',
    edits: [
      {
        file: PLAN,
        find: 'if (seen.endpoint !== undefined && seen.candidate !== undefined && !isFenced(seen.endpoint, ledger))',
        put: 'if (seen.endpoint !== undefined && seen.candidate !== undefined && Math.random() > 2)',
      },
    ],
  },
  {
    name: 'candidate that does not show is given up at once',
    profile: 'general',
    edits: [
      {
        file: PLAN,
        find: "if (release.deployed !== (candidate !== undefined)) return note({ note: 'deploymentUnproven', id });",
        put: "if (release.deployed && candidate === undefined) return failed('DEPLOY_FAILED', 'gone');\n  if (release.deployed !== (candidate !== undefined)) return note({ note: 'deploymentUnproven', id });",
      },
    ],
  },
  {
    name: 'end told before it is written',
    tape: 'end-is-told-before-it-is-written',
    profile: 'drift',
    edits: [
      {
        file: ANNOUNCE,
        find: 'await held.flush();\n  const { announced: _, ...told } = outcome;',
        put: 'const { announced: _, ...told } = outcome;',
      },
    ],
  },
  {
    name: 'new ledger begins at the first epoch',
    profile: 'drift',
    equivalent:
      'the generation of the object deposes the last holder, what it has in flight fails on its etag, and attempts are numbered anew: the epoch is one defence too many',
    edits: [
      { file: LEDGER, find: 'epoch: Math.floor(now / 1000),', put: 'epoch: Math.floor(now / Infinity),' },
    ],
  },
  {
    name: 'artifact asked for again by a repair',
    tape: 'repair-after-the-artifact-is-gone',
    profile: 'drift',
    edits: [
      {
        file: PLAN,
        find: 'if (!release.verified && isExamined(ledger, request))',
        put: 'if (!release.verified || isExamined === undefined)',
      },
      { file: EXAMINE, find: 'if (request.version !== null) return', put: 'if (Math.random() > 2) return' },
    ],
  },
  {
    name: 'aliases waited for in vain',
    profile: 'drift',
    edits: [
      {
        file: ACT,
        find: 'if (!(error instanceof CallError) || isTransient(error.status)) throw error;\n    log.warn({ version',
        put: 'throw error;\n    log.warn({ version',
      },
    ],
  },
  {
    name: 'aliases never looked after',
    profile: 'zombie',
    edits: [
      {
        file: TIDY,
        find: 'if (version !== undefined && !ALIASES.every((alias) => version.aliases.includes(alias))) {',
        put: 'if (version !== undefined && version.aliases.length > 9) {',
      },
    ],
  },
  // Calls
  // Rollouts
  {
    name: 'gates not asked',
    profile: 'rollout',
    edits: [
      {
        file: ROLLOUT,
        find: 'const unproven = stage.isDirect ? null : prove(service, ledger, release, seen, stage, now);',
        put: 'const unproven = stage.isDirect || stage.step >= 0 ? null : prove(service, ledger, release, seen, stage, now);',
      },
    ],
  },
  {
    name: 'golden rows answered by whoever comes',
    profile: 'rollout',
    edits: [
      {
        file: GOLDEN,
        find: 'const answers = heard.answers.get(candidate);',
        put: 'const answers = heard.answers.get(candidate) && heard.answers.values().next().value;',
      },
    ],
  },
  {
    name: 'rolled back release tried again',
    profile: 'rollout',
    edits: [
      {
        file: ENDS,
        find: "if (release.goingBack.code === 'SUPERSEDED') return parked(ledger);",
        put: 'if (now > 0) return parked(ledger);',
      },
    ],
  },
  {
    name: 'traffic given back to nobody',
    profile: 'rollout',
    edits: [
      {
        file: ROLLOUT,
        find: 'return isDeployed(endpoint, live) ? trafficFor(service, endpoint, live.deployedModel) : null;',
        put: 'return isDeployed(endpoint, live) ? new Map<string, number>() : null;',
      },
    ],
  },
  {
    name: 'standby never taken away',
    profile: 'rollout',
    edits: [
      {
        file: TIDY,
        find: 'const standby = previous !== undefined && now < previous.until ? previous.live.deployedModel : null;',
        put: 'const standby = previous !== undefined && now > 0 ? previous.live.deployedModel : null;',
      },
    ],
  },
  {
    name: 'standby counted on while it is undeployed',
    profile: 'rollout',
    tape: 'standby-is-undeployed-when-it-is-wanted',
    edits: [
      {
        file: ACT,
        find: 'held.defer((ledger) => withoutStandby(ledger, action.id));',
        put: 'void withoutStandby;',
      },
    ],
  },
  {
    name: 'given back without a fence',
    profile: 'rollout',
    edits: [
      {
        file: ROLLOUT,
        find: "if (endpoint !== undefined && isDue) return { do: 'fence', endpoint };",
        put: 'void isDue;',
      },
    ],
  },
  {
    name: 'traffic given back before that is written',
    profile: 'rollout',
    edits: [
      {
        file: ACT,
        find: 'if (held.ledger.release?.goingBack !== undefined) await held.flush();',
        put: '',
      },
    ],
  },
  {
    name: 'ids made by chance',
    profile: 'live',
    edits: [
      {
        file: ACT,
        find: 'const id = deployedModelId(request.id, attempt);',
        put: 'const id = String(1e9 + Math.floor(world.random() * 1e9)) + deployedModelId(request.id, attempt).slice(10);',
      },
    ],
  },
  {
    name: 'split with the deployment',
    profile: 'zombie',
    edits: [
      {
        file: PORTS,
        find: 'const split: ReadonlyMap<string, number> | null = null;\n      watch.deploys',
        put: "const split: ReadonlyMap<string, number> | null = new Map([['0', 100]]);\n      watch.deploys",
      },
    ],
  },
  {
    name: 'split with the undeployment',
    profile: 'zombie',
    edits: [
      {
        file: PORTS,
        find: 'const split: ReadonlyMap<string, number> | null = null;\n      watch.undeploys',
        put: 'const split: ReadonlyMap<string, number> | null = new Map();\n      watch.undeploys',
      },
    ],
  },
  {
    name: 'traffic shifted without the etag',
    profile: 'zombie',
    edits: [{ file: PORTS, find: 'const { etag } = seen;', put: 'const etag = null;' }],
  },
  {
    name: 'ledger written without a condition',
    profile: 'zombie',
    edits: [
      {
        file: PORTS,
        find: 'const expected: string | null = generation;',
        put: 'const expected: string | null = generation.slice(0, 0) || null;',
      },
    ],
  },
];
