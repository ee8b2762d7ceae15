/** Turns what the functions log into one line for each step of a release: stage, and time since it landed. */
import { LOG } from '../common/log-messages.ts';

const STEPS = new Map([
  ['createEndpoint', 'creating the endpoint'],
  ['upload', 'uploading the model'],
  ['deploy', 'deploying'],
  ['undeploy', 'undeploying the previous model'],
  ['deleteVersion', 'deleting an old version'],
]);

export interface Progress {
  /** A log line of a function. */
  readonly line: (line: string) => void;
  /** Names the release that the next lines are about, of that service alone, and starts its clock. */
  readonly begin: (title: string, service: string) => void;
  /** A line of our own, or several. */
  readonly say: (step: string) => void;
}

export function showProgress(print: (line: string) => void): Progress {
  let started = performance.now();
  let title = '';
  let service = '';
  const say = (step: string) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5);
    const [first = '', ...more] = step.split('\n');
    print(`  ${title.padEnd(9)} ${seconds} s  ${first}`);
    for (const line of more) print(`${' '.repeat(21)}${line}`);
  };
  return {
    say,
    begin(next, of) {
      title = next;
      service = of;
      started = performance.now();
    },
    line(line) {
      const entry = parse(line);
      if (entry?.get('service') !== service) return;
      const step = describe(entry);
      if (step !== null) say(step);
    },
  };
}

function parse(line: string): ReadonlyMap<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : null;
  } catch {
    return null;
  }
}

function describe(entry: ReadonlyMap<string, unknown>): string | null {
  const text = (name: string) => {
    const value = entry.get(name);
    return typeof value === 'string' ? value : '';
  };
  switch (entry.get('message')) {
    case LOG.requestAccepted:
      return entry.get('verdict') === 'accepted' ? `accepted as ${text('release')}` : null;
    case LOG.actionAccepted:
      return `${text('action')} accepted`;
    case LOG.operationStarted:
      return STEPS.get(text('operation')) ?? text('operation');
    case LOG.currentOperation:
      return entry.get('stage') === null ? null : `${STEPS.get(text('operation')) ?? ''}: ${text('stage')}`;
    case LOG.trafficShifted:
      return `traffic shifted to ${Object.entries(entry.get('to') ?? {})
        .map(([id, percent]) => `${id}: ${String(percent)} %`)
        .join(', ')}`;
    case LOG.gateJudged:
      return `${text('gate')} gate: ${text('verdict')}; ${text('reason')}`;
    case LOG.rollbackStarted:
      return 'gives its traffic back';
    case LOG.attemptFailed:
      return entry.get('final') === true ? null : `failed: ${text('detail')}`;
    default:
      return null;
  }
}
