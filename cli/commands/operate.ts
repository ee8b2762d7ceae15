/** Hold, resume, park, wake and rebuild: what an operator asks of a service by a message on the requests topic. */
import type { Service } from '../../functions/config/config.ts';
import type { Session } from '../session.ts';

/** The shape of `slipway hold --json`, `resume`, `park`, `wake` and `rebuild`, documented in docs/cli.md. */
export interface Operated {
  readonly service: string;
  readonly action: 'hold' | 'resume' | 'park' | 'wake' | 'rebuild';
  readonly reason: string | null;
}

/** Resolves when the message is accepted, seconds before it is acted on. Rejects with a CallError. */
export async function operate(
  { world }: Session,
  service: Service,
  action: Operated['action'],
  reason?: string,
): Promise<Operated> {
  const message = { schema: 1, service: service.name, action, ...(reason !== undefined && { reason }) };
  await world.bus.publish('requests', message, { service: service.name });
  return { service: service.name, action, reason: reason ?? null };
}

export function operatedText({ service, action }: Operated): string[] {
  return [`${action} of ${service} requested; "slipway status ${service}" shows it in a few seconds`];
}
