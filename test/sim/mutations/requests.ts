/** Which request is released, and when its message is acknowledged. */
import type { Mutation } from './mutation.ts';

const EXAMINE = 'functions/release/checks/examine.ts';
const TICK_END = 'functions/release/tick-end.ts';
const TICK = 'functions/release/tick.ts';
const QUERIES = 'functions/release/ledger/queries.ts';
const ACCEPT = 'functions/release/requests/accept.ts';
const OPERATOR = 'functions/release/requests/operator.ts';
const INTAKE = 'functions/intake/intake.ts';
const ON_TICK = 'functions/intake/on-tick.ts';

export const REQUEST_MUTATIONS: readonly Mutation[] = [
  {
    name: 'newest by arrival order',
    profile: 'general',
    edits: [
      {
        file: QUERIES,
        find: 'if (best === null || compareOrder(request.order, best.order) > 0) best = request;',
        put: 'best = request;',
      },
      {
        file: QUERIES,
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
        find: 'if (found.live !== null && compareOrder(request.order, found.live.request.order) <= 0)',
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
        find: 'found = await verify(world.artifacts, request, release?.verifiedFiles ?? 0, context.until);',
        put: "found = { is: 'whole', verified: { marker: { bucket: '', name: '', generation: '', createdAt: 0, size: 0, checksum: null, contentEncoding: null }, manifest: null } }; await Promise.resolve(verify);",
      },
    ],
  },
  {
    name: 'acknowledge when the lease is busy',
    profile: 'live',
    edits: [
      {
        file: ON_TICK,
        find: "if (ended.end === 'untaken' && body.sweep)",
        put: "if (ended.end === 'untaken')",
      },
    ],
  },
  {
    name: 'acknowledge when another holder covers it',
    profile: 'live',
    edits: [
      {
        file: TICK_END,
        find: 'if (error instanceof LeaseLost) return { end, why: error.message };',
        put: "if (error instanceof LeaseLost) return { end: 'idle' };",
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
    edits: [{ file: TICK, find: 'if (hasWork(context.held.ledger)) return publishNext(context);', put: '' }],
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
        find: "await publishTick(app, service);\n      log.info({ service: service.name }, 'tick renewed');",
        put: 'await Promise.resolve();',
      },
    ],
  },
  {
    name: 'no tick for a request that is known',
    profile: 'live',
    edits: [{ file: INTAKE, find: 'if (hasWork(ledger)) await', put: "if (verdict === 'accepted') await" }],
  },
  {
    name: 'no tick with a refusal',
    profile: 'live',
    edits: [
      {
        file: INTAKE,
        find: 'if (ledger !== null && hasWork(ledger)) await publishTick(app, service);',
        put: '',
      },
    ],
  },
  {
    name: 'rollback said to be of who asked for the model before',
    profile: 'rollout',
    edits: [
      {
        file: OPERATOR,
        find: 'const { requestedBy: _, ...before } = previous.live.request;',
        put: 'const before = previous.live.request;',
      },
      { file: OPERATOR, find: '...before,\n    ...requesterOf(asked),', put: '...before,' },
    ],
  },
];
