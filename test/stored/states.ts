/** The states that a ledger is stored in, and how a service gets there. */
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import type { Moment, DrivenService } from './driven-service.ts';

export interface State extends Moment {
  readonly name: string;
  /** Brings the service there, and beyond. */
  play(service: DrivenService): Promise<void>;
}

const CANARY =
  'rollout: { strategy: canary, steps: [{ traffic: 5, bake: 30m }, { traffic: 50, bake: 30m }] }';
const STANDBY = 'rollout: { standby: 2h }';
const DENIED = {
  status: 'PERMISSION_DENIED',
  message: "Permission 'aiplatform.endpoints.update' denied",
} as const;
const FULL = {
  status: 'RESOURCE_EXHAUSTED',
  message: 'the region has no more machines of this type',
} as const;
const BROKEN = { status: 'INVALID_ARGUMENT', message: 'Model server exited unexpectedly.' } as const;

/** One after the other, each until nothing is left to do. */
async function live(service: DrivenService, ...names: string[]): Promise<void> {
  for (const name of names) {
    await service.land(name);
    await service.rest();
  }
}

const first = async (service: DrivenService) => live(service, 'v1');
const second = async (service: DrivenService) => live(service, 'v1', 'v2');
const isBaking = (ledger: Ledger) => ledger.release?.stepSince !== undefined;
/** Lands the second artifact, and does something while it bakes. */
const whileSecondBakes = async (service: DrivenService, work: () => Promise<void>): Promise<void> => {
  await service.land('v2');
  await service.during(isBaking, work);
};

export const STATES: readonly State[] = [
  { name: 'waiting in the queue', play: first, when: 'written', is: (l) => l.queue.length === 1 },
  { name: 'uploading', play: first, when: 'asleep', is: (l) => l.pending?.kind === 'upload' },
  {
    name: 'about to deploy',
    play: first,
    when: 'written',
    is: (l) => l.pending?.kind === 'deploy' && l.pending.name === null,
  },
  {
    name: 'deploying',
    play: second,
    when: 'asleep',
    is: (l) => l.live !== null && l.pending?.kind === 'deploy',
  },
  { name: 'shifting', play: second, when: 'shifted', is: (l) => l.live !== null && l.release !== null },
  { name: 'at rest', play: first, when: 'rest', is: () => true },
  { name: 'after two releases', play: second, when: 'rest', is: (l) => l.outcomes.length === 2 },
  {
    name: 'with a standby',
    policy: STANDBY,
    play: second,
    when: 'rest',
    is: (l) => l.previous?.retired === false,
  },
  {
    name: 'undeploying the model before',
    play: second,
    when: 'asleep',
    is: (l) => l.pending?.kind === 'undeploy' && l.outcomes.length === 2,
  },
  {
    name: 'baking',
    policy: CANARY,
    play: second,
    when: 'asleep',
    is: isBaking,
  },
  {
    name: 'baking, with a newer artifact',
    policy: CANARY,
    async play(service) {
      await first(service);
      await whileSecondBakes(service, () => service.land('v3'));
    },
    when: 'written',
    is: (l) => l.release !== null && l.queue.length === 1,
  },
  {
    name: 'rolling back',
    policy: CANARY,
    async play(service) {
      await first(service);
      await whileSecondBakes(service, () => service.ask({ action: 'abort' }));
    },
    when: 'written',
    is: (l) => l.release?.goingBack !== undefined,
  },
  {
    name: 'rollback requested',
    policy: STANDBY,
    async play(service) {
      await second(service);
      await service.ask({ action: 'rollback' });
      await service.rest();
    },
    when: 'written',
    is: (l) => l.queue.some(({ rollback }) => rollback !== undefined),
  },
  {
    name: 'rolled back',
    policy: STANDBY,
    async play(service) {
      await second(service);
      await service.ask({ action: 'rollback' });
      await service.rest();
    },
    when: 'rest',
    is: (l) => l.outcomes.some(({ result }) => result === 'RolledBack'),
  },
  {
    name: 'on hold, with an artifact that waits',
    async play(service) {
      await first(service);
      await service.ask({ action: 'hold', reason: 'incident 7' });
      await live(service, 'v2');
    },
    when: 'rest',
    is: (l) => l.hold !== undefined && l.queue.length === 1,
  },
  {
    name: 'trying again after a failed deployment',
    async play(service) {
      await first(service);
      service.world.vertex.deployFails = FULL;
      await live(service, 'v2');
    },
    when: 'asleep',
    is: (l) => (l.release?.failures ?? 0) > 0,
  },
  {
    name: 'failed',
    async play(service) {
      await first(service);
      service.world.vertex.deployFails = BROKEN;
      await live(service, 'v2');
    },
    when: 'rest',
    is: (l) => l.outcomes[0]?.result === 'Failed',
  },
  {
    name: 'failed, with a model that cannot be undeployed',
    policy: CANARY,
    async play(service) {
      await first(service);
      service.refuse('undeploy', DENIED);
      await whileSecondBakes(service, () => service.ask({ action: 'abort' }));
      await service.pass(1_800_000);
    },
    when: 'rest',
    is: (l) => (l.leftovers ?? []).length > 0 && l.release === null,
  },
  {
    name: 'refused by Vertex AI',
    async play(service) {
      await first(service);
      service.refuse('deploy', DENIED);
      await live(service, 'v2');
    },
    when: 'written',
    is: (l) => (l.refusals ?? []).length > 0,
  },
  {
    name: 'with an abandoned operation',
    async play(service) {
      await first(service);
      service.hang('deploy');
      await service.land('v2');
      await service.during(
        (l) => l.pending?.kind === 'deploy',
        () => service.ask({ action: 'abort' }),
      );
      await service.pass(600_000);
    },
    when: 'written',
    is: (l) => (l.abandoned ?? []).length > 0,
  },
  {
    name: 'parking',
    async play(service) {
      await second(service);
      await service.ask({ action: 'park', reason: 'no callers' });
      await service.rest();
    },
    when: 'asleep',
    is: (l) => l.parked !== undefined && l.pending?.kind === 'undeploy',
  },
  {
    name: 'parked',
    async play(service) {
      await first(service);
      await service.ask({ action: 'park', reason: 'no callers' });
      await service.rest();
    },
    when: 'rest',
    is: (l) => l.parked !== undefined,
  },
  {
    name: 'waking',
    async play(service) {
      await first(service);
      await service.ask({ action: 'park' });
      await service.rest();
      await service.ask({ action: 'wake' });
      await service.rest();
    },
    when: 'asleep',
    is: (l) => l.pending?.kind === 'deploy' && l.outcomes.length === 1,
  },
  {
    name: 'with nothing serving, while it recreates',
    policy: 'rollout: { strategy: recreate }',
    play: second,
    when: 'asleep',
    is: (l) => l.outage !== undefined && l.pending?.kind === 'deploy',
  },
];
