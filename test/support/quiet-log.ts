/** A log for tests: keeps its lines, and fails the test that made it on any error line that was not announced. */
import { expect, onTestFinished } from 'vitest';
import type { Log } from '../../functions/log.ts';

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface QuietLog {
  readonly log: Log;
  readonly lines: Line[];
}

/** `errors`: the messages of the error lines that this test brings about. */
export function quietLog(errors: readonly string[] = []): QuietLog {
  const lines: Line[] = [];
  onTestFinished(() => {
    expect(lines.filter((line) => line.level === 'error' && !errors.includes(line.message))).toEqual([]);
  });
  return { log: collecting(lines, {}), lines };
}

function collecting(lines: Line[], bindings: Record<string, unknown>): Log {
  const at = (level: Line['level']) => (first: unknown, second?: unknown) => {
    const [fields, message] = typeof first === 'string' ? [{}, first] : [Object(first), String(second)];
    lines.push({ level, message, fields: { ...bindings, ...fields } });
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (more) => collecting(lines, { ...bindings, ...more }),
  };
}
