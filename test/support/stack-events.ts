/** What a local stack publishes on its topic of events, as far as tests read it. */

export interface OutcomeMessage {
  readonly service: string;
  readonly release: string;
  readonly result: string;
  readonly artifact: string;
  readonly version: string | null;
  readonly deployedModel: string | null;
  readonly cause: { readonly code: string; readonly text: string; readonly detail: string } | null;
  /** How long nothing served because of it. */
  readonly downtimeMs?: number;
  readonly verdicts?: readonly { readonly gate: string; readonly verdict: string; readonly reason: string }[];
}

/** A park or a wake. */
export interface ParkingEvent {
  readonly service: string;
  readonly notice: 'Parked' | 'Woken';
  readonly by: string;
  readonly reason: string;
  readonly requestedBy?: string;
}
