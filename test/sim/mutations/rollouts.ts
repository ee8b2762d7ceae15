/** Steps, gates, standby and the way back. */
import type { Mutation } from './mutation.ts';

const TIDY = 'functions/release/steps/tidy.ts';
const ROLLOUT = 'functions/release/steps/rollout.ts';
const GOLDEN = 'functions/release/gates/golden.ts';
const UNDEPLOY = 'functions/release/calls/undeploy.ts';
const UPDATE = 'functions/release/calls/update-endpoint.ts';
const ENDS = 'functions/release/ledger/finish-release.ts';

export const ROLLOUT_MUTATIONS: readonly Mutation[] = [
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
    name: 'golden rows answered by any model',
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
        find: "if (release.goingBack.code === 'SUPERSEDED') return putBack(ledger);",
        put: 'if (now > 0) return putBack(ledger);',
      },
    ],
  },
  {
    name: 'traffic given back to nobody',
    profile: 'rollout',
    edits: [
      {
        file: ROLLOUT,
        find: 'if (isDeployed(endpoint, live)) return trafficFor(service, endpoint, live.deployedModel);',
        put: 'if (isDeployed(endpoint, live)) return new Map<string, number>();',
      },
    ],
  },
  {
    name: 'standby never taken away',
    profile: 'rollout',
    edits: [
      {
        file: TIDY,
        find: 'previous?.retired === false && now < previous.until;',
        put: 'previous?.retired === false && now > 0;',
      },
    ],
  },
  {
    name: 'standby counted on while it is undeployed',
    profile: 'rollout',
    tape: 'standby-is-undeployed-when-it-is-wanted',
    edits: [
      {
        file: UNDEPLOY,
        find: 'withoutLive(withoutStandby(ledger, id), id)',
        put: 'withoutLive(ledger, id)',
      },
    ],
  },
  {
    name: 'standby undeployed although a rollback to it came first',
    profile: 'lasting',
    tape: 'rollback-beside-the-intent-to-undeploy',
    edits: [{ file: UNDEPLOY, find: '!wasWanted && isWantedBack(ledger, id);', put: 'wasWanted && false;' }],
  },
  {
    name: 'given back without a fence',
    tape: 'given-back-while-a-shift-is-in-flight',
    profile: 'rollout',
    edits: [
      {
        file: ROLLOUT,
        find: "if (endpoint !== undefined && isDue && !isFenceHopeless) return { do: 'fence', endpoint };",
        put: 'void isDue;',
      },
    ],
  },
  {
    name: 'traffic given back before that is written',
    profile: 'rollout',
    edits: [
      {
        file: UPDATE,
        find: 'if (held.ledger.release?.goingBack !== undefined || held.ledger.outage !== undefined) await held.flush();',
        put: '',
      },
    ],
  },
];
