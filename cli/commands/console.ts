/** The web console, as long as this command runs (console/server.ts). */
import type { Session } from '../session.ts';
import { isEmail } from '../../functions/intake/messages.ts';
import { EXIT, Failure } from '../terminal/failure.ts';
import { printable } from '../terminal/words.ts';

export interface ConsoleOptions {
  /** 0: any that is free. */
  readonly port: number;
  readonly actions: boolean;
  /** The local stack's URL; null: Google Cloud. */
  readonly local: string | null;
  /** The e-mail address that requests state; null: none. */
  readonly requestedBy: string | null;
}

/** `ended` resolves at Ctrl-C. Rejects with a Failure where the port is taken. */
export async function openConsole(
  session: Session,
  options: ConsoleOptions,
): Promise<{ address: string; ended: Promise<void> }> {
  const { requestedBy } = options;
  if (requestedBy !== null && !isEmail(requestedBy))
    throw new Failure(
      EXIT.usage,
      `--requested-by: expected an e-mail address, got ${printable(requestedBy)}`,
    );
  const { startConsole } = await import('../../console/server.ts');
  try {
    const started = await startConsole({ session, ...options });
    const ended = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    }).then(() => started.close());
    return { address: started.address, ended };
  } catch (error) {
    if (Reflect.get(Object(error), 'code') !== 'EADDRINUSE') throw error;
    const text = `port ${options.port} is taken, perhaps by another console: give another one by --port`;
    throw new Failure(EXIT.usage, text, { cause: error });
  }
}

export function consoleText(address: string, { actions }: ConsoleOptions): string[] {
  const may = actions
    ? 'its pages may publish requests'
    : 'it is read-only: --actions lets its pages publish requests';
  return [`console: ${address}`, `The address lets one browser in; ${may}. Ctrl-C ends it.`];
}
