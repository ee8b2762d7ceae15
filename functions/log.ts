/** The log of the functions. Messages are constant, particulars are fields. */
import { pino, type Logger } from 'pino';
import { LOG_FORMAT } from '../common/log-format.ts';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'> & {
  child(bindings: Record<string, unknown>): Log;
};

export function createLog(level = 'info'): Log {
  return pino({ ...LOG_FORMAT, level });
}
