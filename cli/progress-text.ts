/** A release's progress in one line, for `watch` and `status`. Pure. */
import { stepText, type Progress } from './progress.ts';
import { bar, type Look, type Style } from './screen.ts';
import { duration, printable } from './words.ts';

const BAR_WIDTH = 16;

/** How far it is, with what is usual: `v3  deploying: STARTING_MODEL_SERVER  3 m 2 s of usually 12 m`. */
export function progressLine(progress: Progress, look: Look): string {
  const { paint, bars } = look;
  const { state, name, onHold, elapsedSeconds, usualSeconds, cause } = progress;
  if (state === 'ended') return `${name}  ${resultText(progress, look)}`;
  if (state === 'unseen') return `${progress.release}  ${paint('dim', 'not taken in by the functions yet')}`;
  const doing = state === 'waiting' ? 'waiting' : stepText(progress);
  const step = onHold ? `${doing}, on hold` : doing;
  const usual = usualSeconds === null ? '' : ` of usually ${duration(usualSeconds * 1000)}`;
  const line = `${name}  ${paint('cyan', step)}  ${duration(elapsedSeconds * 1000)}${usual}`;
  const drawn =
    bars && usualSeconds !== null ? `${paint('cyan', bar(elapsedSeconds / usualSeconds, BAR_WIDTH))} ` : '';
  const last = cause === null ? '' : paint('yellow', `  after: ${printable(cause.detail)}`);
  return `${drawn}${line}${last}`;
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
  { paint }: Look,
): string {
  const said = paint(result === null ? 'yellow' : RESULTS[result], result ?? 'unknown');
  const which = [
    version === null ? '' : `, version ${version}`,
    deployedModel === null ? '' : `, deployed model ${deployedModel}`,
  ];
  return `${said} after ${duration(elapsedSeconds * 1000)}${paint('dim', which.join(''))}`;
}

/** What happened and what to do next, and below it the particulars, each in a line of its own. */
export function causeLines(cause: Progress['cause'], indent: number, { paint }: Look): string[] {
  if (cause === null) return [];
  const detail = printable(cause.detail);
  const lines = detail === '' ? [cause.text] : [cause.text, paint('dim', detail)];
  return lines.map((line) => ' '.repeat(indent) + line);
}
