/**
 * What has to hold, whatever fails: the codes of the simulation and of docs/reliability.md, which a test compares
 * with these. S: safety, at every effect, call and write. L: liveness, at rest and by deadlines on virtual time.
 * B: bounds. X: the simulation met what nobody throws.
 */
export const INVARIANTS = {
  S1: 'Once something has served, and but for an outage of recreate, the split sums to 100, and whatever has traffic is there, ready and stays.',
  S2: 'What serves is never replaced by a release that was wanted earlier, nor by a rollback that meant another one.',
  S3: 'No undeploying is asked for while, to the asker’s knowledge, the model has traffic or is live; never with a split. The version that a rollback needs is not deleted.',
  S4: 'Every update carries the etag of a read whose epoch is not above the writer’s own.',
  S5: 'No deployment carries a split.',
  S6: 'One release and attempt, one deployed model id, one version; no id comes back once it was taken away.',
  S7: 'The ledger: compare-and-swap only, intents before their calls, the epoch never falls, ends are final.',
  S8: 'An acknowledgement only when no work is known, a successor was accepted, or an artifact asks for nothing new.',
  S9: 'No success is recorded that cannot be seen.',
  S10: 'What others deployed is never undeployed, keeps its traffic, and gets back what a failed release took.',
  S11: 'What was rolled back never gets traffic again under its id.',
  S12: 'What answers wrongly never gets past the first step, where the golden gate is on.',
  S13: 'The lease outlives the calls of a holder that nothing has frozen; only what a person asks takes it, from one that waits for an operation.',
  S14: 'One job answers one batch: a second one never starts.',
  S15: 'A batch is answered by a release that was live, and its outcome names that one, the rows that were counted, and results in their order; what answers by key is of the version that asks.',
  S16: 'A standby that has shrunk grows before a rollback gives it traffic, unless Vertex AI refuses that, or takes more than five minutes.',
  S17: 'With strategy: recreate one model of the service is deployed at a time, and what serves is undeployed only for what is uploaded, with the outage in the ledger; otherwise there is no outage.',
  L1: 'At rest, the newest release that could be made live is live, alone and with all traffic that is Slipway’s to give.',
  L2: 'Every artifact that landed and every request has exactly one outcome, and every outcome is published.',
  L3: 'No message runs out of deliveries.',
  L4: 'Every request ends within the deadline of its release and a margin, told with a cause in Google’s words; the ledger shows a refusal while it lasts.',
  L5: 'At rest a service costs at most 20 calls an hour, also when cleaning up is refused or hangs for ever, and 8 for each try at what is left, 12 a day at most for each of it.',
  L6: 'What cannot be cleaned up holds back no release beyond a bounded time.',
  L7: 'Rewritten objects change nothing that is live, and a rollback to a standby has its traffic within half a minute.',
  L8: 'At rest a service is parked if that was asked for last, by people or by its hours, and then nothing of it is deployed.',
  L9: 'At rest what is deployed has the replicas that slipway.yaml says, unless Vertex AI refuses that.',
  L10: 'What recreate takes down serves again, itself or what takes its place, within the time of its operations; the outcome tells how long nothing served.',
  B1: 'Bounded: calls, messages, models deployed at once, pauses between attempts, the ledger’s size, versions kept.',
  X1: 'Handlers reject with what they are to reject with, and with nothing else.',
} as const;

export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  readonly invariant: Invariant;
  readonly text: string;
}

/** Takes down what does not hold. */
export type Report = (invariant: Invariant, text: string) => void;
