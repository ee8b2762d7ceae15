/**
 * A line that a function has logged, for people: when, which function, how bad, the message, the particulars. What is
 * no JSON stays as it is. The form of the JSON is that of functions/log.ts.
 */
import { styleText } from 'node:util';

/** Said by the start of the line, or of use to machines alone. */
const LEFT_OUT = new Set(['time', 'severity', 'message', 'delivery', 'schema']);
const FUNCTION_CELLS = 10;
const STYLES = { WARNING: 'yellow', ERROR: 'red', CRITICAL: 'red', DEBUG: 'dim' } as const;

export function logLine(name: string, line: string, colours: boolean): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const who = name.padEnd(FUNCTION_CELLS);
  const entry = parse(line);
  if (entry === null) return `${who} ${line}`;
  const { time = '', severity = '', message = '' } = entry;
  const clock = /T(\d\d:\d\d:\d\d\.\d{3})/.exec(String(time))?.[1] ?? '';
  const level = severity === 'INFO' ? '' : `${String(severity)} `;
  const style = Object.entries(STYLES).find(([each]) => each === severity)?.[1] ?? 'bold';
  const fields = Object.entries(entry).filter(([key]) => !LEFT_OUT.has(key) && !key.includes('/'));
  const short = fields.flatMap(([key, value]) => {
    const text = inShort(value);
    return text === null ? [] : [` ${paint('dim', `${key}=`)}${text}`];
  });
  const below = fields
    .flatMap(([, value]) => paragraphs(value))
    .map((text) => `\n${' '.repeat(FUNCTION_CELLS + 1)}${text}`);
  return `${who} ${paint('dim', clock)}  ${paint(style, `${level}${String(message)}`)}${short.join('')}${below.join('')}`;
}

function parse(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'message' in value ? { ...value } : null;
  } catch {
    return null;
  }
}

/** Null: nothing to say, or said below. */
function inShort(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string')
    return value.includes('\n') ? null : /[\s="]/.test(value) ? JSON.stringify(value) : value;
  const code: unknown = Reflect.get(Object(value), 'code');
  return typeof code === 'string' ? code : JSON.stringify(value);
}

/** What has lines of its own: a stack, and the sentence and the detail of a cause. */
function paragraphs(value: unknown): string[] {
  if (typeof value === 'string') return value.includes('\n') ? value.trimEnd().split('\n') : [];
  const { code, text, detail }: { code?: unknown; text?: unknown; detail?: unknown } = Object(value);
  if (typeof code !== 'string') return [];
  return [text, detail].flatMap((each) =>
    typeof each === 'string' && each !== '' ? each.trimEnd().split('\n') : [],
  );
}
