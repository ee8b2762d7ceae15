/**
 * What a soak has seen of its world, as plain data: what was asked, what was told, what was lost, what was disturbed,
 * and what is left at the end. The invariants are functions of it. Times are milliseconds since the epoch.
 */
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import type { Kind } from './artifacts.ts';

export interface Landing {
  readonly service: string;
  readonly folder: string;
  readonly kind: Kind;
  /** Of the landings of its service, from 1; later is newer. */
  readonly number: number;
  /** The release that the marker's landing asks for. */
  readonly release: string;
  /** The releases of the same content written again: one of them answers a landing whose message finds the newer one. */
  readonly again: readonly string[];
  readonly at: number;
}

/** The log line of a function that took a request in; `known`, `same` and `full` owe nobody an outcome. */
export interface Intake {
  readonly service: string;
  readonly release: string;
  readonly verdict: string;
  readonly at: number;
}

/** One message of the events topic that says how a release ended, as often as it came. */
export interface Told {
  readonly service: string;
  readonly release: string;
  readonly result: string;
  readonly code: string | null;
  readonly detail: string;
  readonly artifact: string;
  readonly askedBy: string;
  readonly endedAt: number;
  readonly at: number;
}

export interface Loss {
  readonly service: string;
  readonly askedAt: number;
  readonly at: number;
  readonly error: string;
}

/** Something that was done to the world, from when to when its effect can last. */
export interface Disturbance {
  readonly kind: 'kill' | 'freeze' | 'fault' | 'behaviour' | 'message' | 'command' | 'burst' | 'rewrite';
  /** The function, the service or the method that it struck. */
  readonly target: string;
  readonly detail: string;
  readonly from: number;
  readonly until: number;
}

/** From the kill of a predictor with traffic until it answers again or has no traffic. */
export interface Outage {
  readonly service: string;
  readonly deployedModel: string;
  readonly from: number;
  /** Null: it has not come back within the bound. */
  readonly until: number | null;
}

export interface ErrorLine {
  readonly function: string;
  readonly message: string;
  readonly service: string | null;
  readonly release: string | null;
  readonly text: string;
  readonly at: number;
}

export interface MemorySample {
  readonly at: number;
  /** Resident set of the process, or the mean of several of the same role, in MB. */
  readonly mb: number;
}

/** A service when nothing more is to be done for it, or when the time for that was over. */
export interface ServiceEnd {
  readonly service: string;
  readonly ledger: Ledger | null;
  /** Why there is no ledger. */
  readonly unreadable: string | null;
  /** What is still to be done, in words; null at rest. */
  readonly busy: string | null;
  readonly deployed: readonly string[];
  readonly ledgerBytesMost: number;
}

export interface Facts {
  readonly seed: number;
  readonly startedAt: number;
  readonly disturbedUntil: number;
  readonly predictions: ReadonlyMap<string, number>;
  readonly landings: readonly Landing[];
  readonly intakes: readonly Intake[];
  readonly told: readonly Told[];
  readonly losses: readonly Loss[];
  readonly disturbances: readonly Disturbance[];
  readonly outages: readonly Outage[];
  readonly errorLines: readonly ErrorLine[];
  readonly memory: ReadonlyMap<string, readonly MemorySample[]>;
  readonly ends: readonly ServiceEnd[];
  /** The good artifact that lands last in each service, when all disturbances are over. */
  readonly lastWords: readonly Landing[];
}
