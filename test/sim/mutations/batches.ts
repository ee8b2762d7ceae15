/** How a batch keeps to one job, one release and the rows that there are. */
import type { Mutation } from './mutation.ts';

const ACT = 'functions/batch/act.ts';
const JOB = 'functions/batch/steps/job.ts';
const PACE = 'functions/batch/steps/pace.ts';
const END = 'functions/batch/steps/end.ts';
const PLAN = 'functions/batch/plan.ts';
const RESULTS = 'functions/batch/steps/results.ts';
const ACCEPT = 'functions/batch/accept.ts';
const PUBLISH = 'functions/batch/publish.ts';
const LIMITS = 'functions/batch/steps/limits.ts';
const COUNT = 'functions/batch/deliver/count.ts';
const PUBLISHED = 'functions/batch/deliver/publish.ts';
const SEEN = 'functions/batch/releases-seen.ts';
const STRETCH = 'functions/batch/deliver/stretch.ts';

export const BATCH_MUTATIONS: readonly Mutation[] = [
  {
    name: 'job created without an intent',
    profile: 'batch',
    edits: [
      {
        file: ACT,
        find: 'await held.save((ledger) =>\n    withRunChanged(ledger, run.id, (r) => ({\n      ...r,\n',
        put: 'held.defer((ledger) =>\n    withRunChanged(ledger, run.id, (r) => ({\n      ...r,\n',
      },
    ],
  },
  {
    name: 'job that does not show created again at once',
    profile: 'batch',
    edits: [{ file: JOB, find: '  if (isDoubtful) return', put: '  if (job === null) return' }],
    equivalent: 'its input is moved before the next call; waiting spares a job that fails',
  },
  {
    name: 'input of a call that may still come is left to it',
    profile: 'batch',
    edits: [
      {
        file: JOB,
        find: "if (isStaged(run)) return { do: 'create', run };",
        put: "if (job !== null) return { do: 'create', run };",
      },
    ],
  },
  {
    name: 'input of a call that may still come is moved and not removed',
    profile: 'batch',
    edits: [
      {
        file: ACT,
        find: "await ports.files.remove({ bucket: run.staged?.bucket ?? '', name });",
        put: 'void name;',
      },
    ],
  },
  {
    name: 'results of a stretch joined to the rows before them',
    profile: 'batch',
    edits: [
      { file: STRETCH, find: 'const at = row - this.#first;', put: 'const at = row - this.#first - 1;' },
    ],
  },
  {
    name: 'job of a call whose reply was lost not known once it has ended partly',
    profile: 'batch',
    edits: [
      {
        file: JOB,
        find: "!(job.state === 'FAILED' && asked?.isBurning === true)",
        put: "(!isOver(job) || job.state === 'SUCCEEDED')",
      },
    ],
  },
  {
    name: 'job that is not listed yet given up',
    profile: 'batch',
    edits: [{ file: JOB, find: 'isDoubtful ? untilDue(run, took, now, now) : null', put: 'null' }],
  },
  {
    name: 'list of jobs that came late taken for one of now',
    profile: 'batch',
    edits: [{ file: JOB, find: 'seen.jobsAsOf ?? now, now)', put: 'now, now)' }],
  },
  {
    name: 'job that takes longer than those before not looked at again',
    profile: 'batch',
    edits: [{ file: PACE, find: 'let at = least;', put: 'let at = least + (age < least ? 0 : 1e12);' }],
  },
  {
    name: 'end of a job not looked for while nobody knows how long it takes',
    profile: 'batch',
    edits: [
      {
        file: PACE,
        find: 'stepAfter(age, UNKNOWN_MS.at(-1) ?? 0, PAUSE_MS_MAX)',
        put: 'stepAfter(age, UNKNOWN_MS.at(-1) ?? 0, 1e12)',
      },
    ],
  },
  {
    name: 'second job not cancelled',
    profile: 'batch',
    edits: [
      {
        file: JOB,
        find: 'if (stray !== undefined && (job !== undefined || isStaged(run)))',
        put: 'if (stray === null)',
      },
    ],
    equivalent: 'a job whose input was moved finds none when it starts; cancelling it spares the wait',
  },
  {
    name: 'job not cancelled at the end of its batch',
    profile: 'batch',
    edits: [
      { file: END, find: 'if (atJob !== null) return atJob;', put: 'if (atJob === undefined) return atJob;' },
    ],
  },
  {
    name: 'no deadline for a job',
    profile: 'batch',
    edits: [{ file: LIMITS, find: 'if (since >= batch.deadlineMs) {', put: 'if (since >= Infinity) {' }],
  },
  {
    name: 'known batch accepted again',
    profile: 'batch',
    edits: [
      {
        file: ACCEPT,
        find: 'if (ledger.known.includes(run.id)) return ledger;',
        put: 'if (ledger.runs.some(({ id }) => id === run.id)) return ledger;',
      },
    ],
  },
  {
    name: 'job that succeeded taken at its word',
    profile: 'batch',
    edits: [{ file: RESULTS, find: 'if (short !== null)', put: 'if (short === undefined)' }],
  },
  {
    name: 'rows with an error counted as predictions',
    profile: 'batch',
    edits: [
      {
        file: COUNT,
        find: 'state.succeeded += counted.succeeded;',
        put: 'state.succeeded += counted.succeeded + counted.failed;',
      },
    ],
  },
  {
    name: 'rolled back release taken for the live one',
    profile: 'batch',
    edits: [
      {
        file: SEEN,
        find: 'release: live.request.id,',
        put: 'release: live.request.rollback?.from ?? live.request.id,',
      },
    ],
  },
  {
    name: 'end published before it is written',
    profile: 'batch',
    edits: [{ file: PUBLISH, find: 'await held.flush();', put: 'await Promise.resolve();' }],
    equivalent: 'an end that is decided again is the same, unless a cancel comes in between',
  },
  {
    name: 'end published as it was before it was written',
    profile: 'batch',
    edits: [
      {
        file: PUBLISH,
        find: 'const outcome = held.ledger.outcomes.find(',
        put: 'const outcome = outcomes.find(',
      },
    ],
    tape: 'batch-cancelled-while-its-end-is-written',
  },
  {
    name: 'stale results not reported',
    profile: 'batch',
    edits: [{ file: PLAN, find: 'if (stale.length > 0)', put: 'if (stale.length < 0)' }],
  },
  {
    name: 'results of a rolled back release published',
    profile: 'batch',
    edits: [
      {
        file: RESULTS,
        find: "if (releases.rolledBack.includes(run.release?.id ?? ''))",
        put: 'if (releases === null)',
      },
    ],
  },
  {
    name: 'results published over those of a later batch',
    profile: 'batch',
    edits: [
      { file: PUBLISHED, find: 'if (before !== null && isLater(before, content)) return false;', put: '' },
    ],
  },
  {
    name: 'results published by the live release instead of the one that uploaded its version',
    profile: 'batch',
    edits: [
      {
        file: PUBLISHED,
        find: '?.labels.get(LABELS.release) ?? null',
        put: '?.labels.get(LABELS.release) === undefined ? null : (release?.id ?? null)',
      },
    ],
  },
];
