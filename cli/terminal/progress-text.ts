/** A release's progress in one line, for `watch` and `status`. Pure. */
import type { Progress, Step } from '../ledger-view/progress.ts';
import { bar, type Theme, type Style } from './screen.ts';
import { duration, printable } from './words.ts';

const BAR_WIDTH = 16;

/** How far it is, with what is usual: `v3  deploying: STARTING_MODEL_SERVER  3 m 2 s of usually 12 m`. */
export function progressLine(progress: Progress, theme: Theme): string {
  const { paint, bars } = theme;
  const { state, name, onHold, elapsedSeconds, usualSeconds, cause, rollbackFrom } = progress;
  if (state === 'ended') return `${name}  ${resultText(progress, theme)}`;
  if (state === 'unseen') return `${progress.release}  ${paint('dim', 'waiting to be picked up')}`;
  const doing = state === 'waiting' ? 'waiting' : stepText(progress);
  const origin = rollbackFrom === null ? '' : `, back from ${rollbackFrom}`;
  const step = `${doing}${origin}${onHold ? ', on hold' : ''}`;
  const usual = usualSeconds === null ? '' : ` of usually ${duration(usualSeconds * 1000)}`;
  const line = `${name}  ${paint('cyan', step)}  ${duration(elapsedSeconds * 1000)}${usual}`;
  const drawn =
    bars && usualSeconds !== null ? `${paint('cyan', bar(elapsedSeconds / usualSeconds, BAR_WIDTH))} ` : '';
  const why = progress.step === 'goBack' ? 'because' : 'after';
  const last = cause === null ? '' : paint('yellow', `  ${why}: ${printable(cause.detail)}`);
  return `${drawn}${line}${last}`;
}

const STEPS: Record<Step, string> = {
  verify: 'verifying the artifact',
  createEndpoint: 'creating the endpoint',
  upload: 'uploading the model',
  deploy: 'deploying',
  shift: 'shifting the traffic',
  bake: 'baking',
  judge: 'waiting for the gates',
  goBack: 'moving the traffic back',
  undeploy: 'undeploying a model',
  deleteVersion: 'deleting an old version',
  retry: 'waiting for the next attempt',
};

type Standing = Pick<Progress, 'step' | 'stage' | 'attempt' | 'operation' | 'rollout' | 'promoted'>;

/**
 * In words: `deploying: STARTING_MODEL_SERVER (attempt 2, 3 m of usually 10 m)`, `baking at 25 % (step 2 of 4, 3 m
 * left)`.
 */
export function stepText({ step, stage, attempt, operation, rollout, promoted }: Standing): string {
  if (step === null) return '';
  const more: string[] = [];
  if (attempt !== null && attempt > 1) more.push(`attempt ${attempt}`);
  let text = stage === null ? STEPS[step] : `${STEPS[step]}: ${stage}`;
  if (operation !== null && operation.usualSeconds !== null)
    more.push(
      `${duration(operation.elapsedSeconds * 1000)} of usually ${duration(operation.usualSeconds * 1000)}`,
    );
  if (rollout !== null && isRollingOut(step)) {
    const { traffic, steps, bakeLeftSeconds } = rollout;
    if (step !== 'shift') text += ` at ${traffic} %`;
    else if (traffic < 100) text += ` to ${traffic} %`;
    if (steps > 1 && !promoted) more.push(`step ${rollout.step} of ${steps}`);
    if (step === 'bake' && bakeLeftSeconds !== null) more.push(`${duration(bakeLeftSeconds * 1000)} left`);
  }
  if (promoted) more.push('promoted');
  return more.length === 0 ? text : `${text} (${more.join(', ')})`;
}

function isRollingOut(step: Step): boolean {
  return step === 'shift' || step === 'bake' || step === 'judge';
}

const RESULTS: Record<NonNullable<Progress['result']>, Style> = {
  Live: 'green',
  Failed: 'red',
  Refused: 'red',
  Superseded: 'yellow',
  RolledBack: 'yellow',
};

/** `Live after 9 s, version 3, deployed model 1099933758`. */
export function resultText(
  {
    result,
    elapsedSeconds,
    version,
    deployedModel,
  }: Pick<Progress, 'result' | 'elapsedSeconds' | 'version' | 'deployedModel'>,
  { paint }: Theme,
): string {
  const said = paint(result === null ? 'yellow' : RESULTS[result], result ?? 'unknown');
  const which = [
    version === null ? '' : `, version ${version}`,
    deployedModel === null ? '' : `, deployed model ${deployedModel}`,
  ];
  return `${said} after ${duration(elapsedSeconds * 1000)}${paint('dim', which.join(''))}`;
}

/** What happened and what to do next, and below it the particulars, which may quote lines of a log. */
export function causeLines(cause: Progress['cause'], indent: number, { paint }: Theme): string[] {
  if (cause === null) return [];
  const detail = cause.detail.split('\n').map(printable);
  const lines = [
    // What to check is in docs/errors.md, by the code.
    `${printable(cause.text)} ${paint('dim', `(${printable(cause.code)})`)}`,
    ...detail.filter((line) => line !== '').map((line) => paint('dim', line)),
  ];
  return lines.map((line) => ' '.repeat(indent) + line);
}
