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
  /** The e-mail address that requests state; absent: none. */
  readonly requestedBy?: string | undefined;
  /** For a team, behind Identity-Aware Proxy: the audience of its tokens; absent: for one person, on this machine. */
  readonly iapAudience?: string | undefined;
  /** The names that the console has then. */
  readonly host?: readonly string[] | undefined;
}

/** `ended` resolves at Ctrl-C. Rejects with a Failure where an option is wrong, or the port is taken. */
export async function openConsole(
  session: Session,
  options: ConsoleOptions,
): Promise<{ address: string; ended: Promise<void> }> {
  const { port, actions, local, requestedBy = null } = options;
  if (requestedBy !== null && !isEmail(requestedBy))
    throw new Failure(
      EXIT.usage,
      `--requested-by: expected an e-mail address, got ${printable(requestedBy)}`,
    );
  const team = teamOf(options);
  const { startConsole } = await import('../../console/server.ts');
  try {
    const started = await startConsole({ session, port, actions, local, requestedBy, ...(team && { team }) });
    const ended = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    }).then(() => started.close());
    return { address: started.address, ended };
  } catch (error) {
    if (Reflect.get(Object(error), 'code') !== 'EADDRINUSE') throw error;
    const text = `port ${port} is taken, perhaps by another console: give another one by --port`;
    throw new Failure(EXIT.usage, text, { cause: error });
  }
}

/** As `Host` has it: a name in lower case, with a port where it is not 443. */
const HOST = /^[a-z0-9.-]+(?::[0-9]+)?$/;

function teamOf({
  iapAudience: audience,
  host: hosts = [],
  local,
  requestedBy,
}: ConsoleOptions): { audience: string; hosts: readonly string[] } | null {
  if (audience === undefined) {
    if (hosts.length > 0) throw new Failure(EXIT.usage, '--host: give --iap-audience too');
    return null;
  }
  if (local !== null || requestedBy !== undefined)
    throw new Failure(EXIT.usage, '--iap-audience: leave out --local and --requested-by');
  if (!/^\/projects\/[0-9]+\/\S+$/.test(audience))
    throw new Failure(
      EXIT.usage,
      `--iap-audience: expected /projects/NUMBER/locations/REGION/services/NAME, got ${printable(audience)}`,
    );
  const wrong = hosts.find((host) => !HOST.test(host));
  if (hosts.length === 0 || wrong !== undefined)
    throw new Failure(
      EXIT.usage,
      `--host: expected a name such as console.example.com, got ${printable(wrong ?? 'none')}`,
    );
  return { audience, hosts };
}

export function consoleText(address: string, { actions, iapAudience }: ConsoleOptions): string[] {
  const may = actions
    ? 'its pages may publish requests'
    : 'it is read-only: --actions lets its pages publish requests';
  if (iapAudience !== undefined)
    return [`console: ${address}`, `Identity-Aware Proxy lets people in; ${may}.`];
  return [`console: ${address}`, `The address lets one browser in; ${may}. Ctrl-C ends it.`];
}
