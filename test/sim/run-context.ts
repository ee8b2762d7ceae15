/** What the parts of a run share: no part sees the whole simulation. */
import type { Agenda } from '../../common/agenda.ts';
import type { Calls } from './calls.ts';
import type { Faults } from './faults.ts';
import type { LastingTroubles } from './lasting.ts';
import type { Process } from './process.ts';
import type { PubSub } from './pubsub.ts';
import type { SimArtifacts, SimLedgers } from './storage.ts';
import type { Scenario } from './scenario.ts';
import type { SimVertex } from './vertex.ts';

/** What those who judge a run look at. */
export interface WatchedRun {
  readonly agenda: Agenda;
  readonly faults: Faults;
  readonly scenario: Scenario;
  readonly vertex: SimVertex;
  readonly ledgers: SimLedgers;
  readonly artifacts: SimArtifacts;
  readonly pubsub: PubSub;
  readonly calls: Calls;
  readonly lasting: LastingTroubles;
  /** Since the beginning. */
  readonly hours: number;
  /** Since the beginning, in ms. */
  readonly since: number;
  log(what: string): void;
  /** The process that has the lease by that name, while it lives. */
  processOf(holder: string): Process | undefined;
}
