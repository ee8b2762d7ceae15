/** One invocation of a function: what it was given, where it is, and what it knows. */
import type { Endpoint } from '../../functions/world.ts';
import type { Fault } from './faults.ts';
import type { SimMessage } from './pubsub.ts';
import type { StoredLedger } from './storage.ts';

export interface Process {
  readonly id: number;
  readonly message: SimMessage;
  readonly skew: number;
  readonly otherBuild: boolean;
  /** That are to run at least, by the slipway.yaml that it has. */
  replicas: number;
  dead: boolean;
  ended: boolean;
  /** It was frozen, and is not killed at its time limit. */
  survives: boolean;
  /** The delivery has been answered, by the handler or for it. */
  answered: boolean;
  calling: string | null;
  calls: number;
  random: number;
  /** What it knows: the ledger and the endpoint as it last saw them. */
  ledger: StoredLedger | null;
  endpoint: Endpoint | null;
  epoch: number;
  /** The name under which it has taken the lease. */
  holder: string | null;
  /** A tick of its own was accepted by the broker. */
  ticked: boolean;
  /** Its calls that were refused, by method: how often, and since when. */
  readonly refused: Map<string, Refusals>;
  /** Vertex AI has refused it a change of scale by itself, as for another operation on the endpoint. */
  isScaleRefused: boolean;
}

/** Refusals of one call in the same words. */
export interface Refusals {
  count: number;
  readonly since: number;
  last: number;
  readonly message: string;
  /** What it was asked for. */
  readonly release: string | null;
}

export function newProcess(id: number, message: SimMessage, fault: Fault | null): Process {
  return {
    id,
    message,
    skew: fault?.is === 'skew' ? fault.ms : 0,
    otherBuild: fault?.is === 'build',
    replicas: 1,
    dead: false,
    ended: false,
    survives: false,
    answered: false,
    calling: null,
    calls: 0,
    random: 0,
    ledger: null,
    endpoint: null,
    epoch: 0,
    holder: null,
    ticked: false,
    refused: new Map(),
    isScaleRefused: false,
  };
}
