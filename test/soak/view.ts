/** What there is now, read in the emulator itself, past all faults: ledgers, endpoints, what is deployed. */
import { endpointId } from '../../functions/release/ids.ts';
import { parseLedger, type Ledger } from '../../functions/release/ledger/ledger.ts';
import type { ServiceEnd } from './facts.ts';
import { STATE } from './services.ts';
import type { World } from './world.ts';

type Emulator = World['stack']['emulator'];
export type EndpointRecord = ReturnType<Emulator['vertex']['endpoints']['find']>;

export function ledgerText({ stack }: World, service: string): string | null {
  const name = `ledgers/${service}.json`;
  const { store } = stack.emulator;
  if (store.listObjects(STATE, { prefix: name }).objects.length === 0) return null;
  return store.readObject(STATE, name).content.toString('utf8');
}

/** Null: there is none, or it cannot be read. */
export function ledgerOf(world: World, service: string): Ledger | null {
  try {
    const text = ledgerText(world, service);
    return text === null ? null : parseLedger(text, service);
  } catch {
    return null;
  }
}

export function endpointUrl({ stack }: World, service: string): string {
  const { project, region } = stack.config;
  return `${stack.url}/v1/projects/${project}/locations/${region}/endpoints/${endpointId(service)}`;
}

export function endpointOf({ stack }: World, service: string): EndpointRecord | null {
  const { project, region } = stack.config;
  try {
    return stack.emulator.vertex.endpoints.find(
      `projects/${project}/locations/${region}/endpoints/${endpointId(service)}`,
    );
  } catch {
    return null;
  }
}

/** Ids of the deployed models of the service's endpoint, with or without traffic. */
export function deployedOf(world: World, service: string): string[] {
  return [...(endpointOf(world, service)?.deployments.keys() ?? [])];
}

/** The service as it is now. `ledgerBytesMost`: the largest ledger so far. */
export function endOf(world: World, service: string, ledgerBytesMost: number): ServiceEnd {
  const deployed = deployedOf(world, service);
  const common = { service, deployed, ledgerBytesMost };
  const text = ledgerText(world, service);
  if (text === null)
    return { ...common, ledger: null, unreadable: 'there is none', busy: 'there is no ledger' };
  try {
    const ledger = parseLedger(text, service);
    return { ...common, ledger, unreadable: null, busy: workOf(ledger, deployed) };
  } catch (error) {
    const unreadable = error instanceof Error ? error.message : String(error);
    return { ...common, ledger: null, unreadable, busy: 'the ledger cannot be read' };
  }
}

/** What is still to be done, in words, or null. */
function workOf(ledger: Ledger, deployed: readonly string[]): string | null {
  const { release, queue, pending, lease, hold, outcomes, live, previous } = ledger;
  const now = Date.now();
  const untold = outcomes.filter(({ announced }) => !announced).length;
  if (release !== null) return `${release.request.id} is being released`;
  if (queue.length > 0) return `${queue.length} requests wait`;
  if (pending !== null) return `${pending.kind} is in progress`;
  if (hold !== undefined) return 'it is on hold';
  if (untold > 0) return `${untold} outcomes are to be announced`;
  if (lease !== null && lease.until > now) return `${lease.by} holds the ledger`;
  if (previous !== undefined && !previous.retired && previous.until > now) return 'the standby lasts';
  const beyond = deployed.filter((id) => id !== live?.deployedModel);
  return beyond.length > 0 ? `${beyond.join(', ')} are deployed beside the live model` : null;
}

/** The messages that wait for a function or are on their way to it, of all functions. */
export function messagesUnderWay({ stack, office }: World): number {
  const { broker } = stack.emulator;
  return [...stack.functions.values()].reduce((sum, { subscription }) => {
    const { outstanding, waiting } = broker.counts(subscription);
    return sum + outstanding + waiting;
  }, office.waiting);
}
