/** Hold, resume, park, wake and rebuild: what an operator asks of a service by a message on the requests topic. */
import type { Service } from '../../functions/config/config.ts';
import type { Session } from '../session.ts';
import { publishRequest, type Prepared } from './release.ts';

/** The shape of `slipway hold --json`, `resume`, `park`, `wake` and `rebuild`, documented in docs/cli.md. */
export interface Operated {
  readonly service: string;
  readonly action: 'hold' | 'resume' | 'park' | 'wake' | 'rebuild';
  readonly reason: string | null;
}

export function prepareOperation(
  { name }: Service,
  action: Operated['action'],
  reason?: string,
): Prepared<Operated> {
  const message = { schema: 1, service: name, action, ...(reason !== undefined && { reason }) };
  return { message, asked: { service: name, action, reason: reason ?? null } };
}

/** Resolves when the message is accepted, seconds before it is acted on. Rejects with a CallError. */
export async function operate(
  session: Session,
  service: Service,
  action: Operated['action'],
  reason?: string,
): Promise<Operated> {
  const { message, asked } = prepareOperation(service, action, reason);
  await publishRequest(session, service, message);
  return asked;
}

export function operatedText({ service, action }: Operated): string[] {
  return [`${action} of ${service} requested; "slipway status ${service}" shows it in a few seconds`];
}
