/**
 * Requests that a page publishes: a preview shows the exact message and what it would do, and what is confirmed is
 * published only if it is still the same: the newest artifact or the release in progress may be another one by then.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { drawRequestId, planReport, type PlanReport } from '../cli/commands/plan/report.ts';
import { prepareOperation } from '../cli/commands/operate.ts';
import { prepareRelease, publishRequest, type Prepared } from '../cli/commands/release.ts';
import { prepareSteering, type Steered } from '../cli/commands/steer.ts';
import { serviceNamed, type Session } from '../cli/session.ts';
import { Problem } from '../functions/errors.ts';
import { ACTIONS } from '../functions/intake/messages.ts';
import { PROBLEMS } from '../functions/problems.ts';
import { Refused, requireToken } from './door.ts';
import type { DataOptions } from './options.ts';

const WantedSchema = Type.Object(
  {
    action: Type.Enum(['release', 'rollback', 'promote', 'abort', 'hold', 'resume', 'park', 'wake'] as const),
    artifact: Type.Optional(Type.String({ minLength: 1, maxLength: 1_200 })),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    overrideContract: Type.Optional(Type.Boolean()),
    requestId: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$' })),
  },
  { additionalProperties: false },
);

const ConfirmedSchema = Type.Object(
  { ...WantedSchema.properties, shown: Type.String({ maxLength: 8_000 }) },
  { additionalProperties: false },
);

export type Wanted = Static<typeof WantedSchema>;

/** An action, and who asks for it; null: it is not known. */
interface Asking extends Wanted {
  readonly requestedBy: string | null;
}

/** What a confirmation shows. */
export interface Preview {
  readonly action: Wanted['action'];
  readonly requestId: string;
  /** What the action does, in a sentence. */
  readonly does: string;
  /** What it is about, in a sentence; null: the service itself. */
  readonly about: string | null;
  /** What goes to the topic, to the letter. */
  readonly message: Prepared<unknown>['message'];
  readonly topic: string;
  readonly plan: PlanReport | null;
  /** Names message and subject: what is confirmed has to be the same. */
  readonly shown: string;
}

const wantedBody = Compile(WantedSchema);
const confirmedBody = Compile(ConfirmedSchema);

/** `actorOf`: who has asked, where that is proven. */
export function serveActions(
  app: FastifyInstance,
  options: DataOptions,
  actorOf: (request: FastifyRequest) => string | null,
): void {
  const { session, keys, actions } = options;
  app.addHook('preValidation', async (request) => {
    if (request.method !== 'POST') return;
    if (!actions) throw new Refused(403, 'This console is read-only: it was started without --actions.');
    requireToken(request, keys);
  });
  app.post<{ Params: { service: string } }>('/api/services/:service/preview', async (request) => {
    const { body, params } = request;
    if (!wantedBody.Check(body)) throw new Refused(400, 'Refused: the action is not one that there is.');
    return orConflict(async () => {
      const asking = { ...body, requestedBy: actorOf(request) };
      const preview = await previewOf(session, params.service, asking);
      return { ...preview, plan: await planOf(session, params.service, body, preview.requestId) };
    });
  });
  app.post<{ Params: { service: string } }>('/api/services/:service/requests', async (request) => {
    const { body, params } = request;
    if (!confirmedBody.Check(body)) throw new Refused(400, 'Refused: what is confirmed is incomplete.');
    return orConflict(async () => {
      const asking = { ...body, requestedBy: actorOf(request) };
      const preview = await previewOf(session, params.service, asking);
      if (preview.shown !== body.shown)
        throw new Refused(
          409,
          'Something has changed since this was shown, so nothing was published. Look again.',
        );
      await publishRequest(session, serviceNamed(session, params.service), preview.message);
      return { published: preview.message, about: preview.about };
    });
  });
}

async function previewOf(session: Session, name: string, wanted: Asking): Promise<Omit<Preview, 'plan'>> {
  if (!session.config.services.has(name)) throw new Refused(404, 'slipway.yaml has no such service.');
  const requestId = wanted.requestId ?? drawRequestId().replace('cli-', 'console-');
  const { message: asked, does, about } = await prepared(session, name, wanted, requestId);
  const { requestedBy } = wanted;
  const message = requestedBy === null ? asked : { ...asked, requestedBy };
  return {
    action: wanted.action,
    requestId,
    does,
    about,
    message,
    topic: session.config.topics.requests,
    shown: JSON.stringify([message, about]),
  };
}

async function prepared(
  session: Session,
  name: string,
  { action, artifact, reason, overrideContract = false }: Wanted,
  requestId: string,
): Promise<Pick<Preview, 'message' | 'does' | 'about'>> {
  const service = serviceNamed(session, name);
  if (action === 'release') {
    const { message, asked } = await prepareRelease(session, service, {
      artifact,
      requestId,
      overrideContract,
    });
    return {
      message,
      does: 'Releases an artifact.',
      about: `${asked.name}, ${asked.artifact}, as release ${asked.release}`,
    };
  }
  if (action === 'hold' || action === 'resume' || action === 'park' || action === 'wake') {
    const { message } = prepareOperation(service, action, reason);
    return { message, does: ACTIONS[action], about: null };
  }
  const { message, asked } = await prepareSteering(session, service, action, { reason, requestId });
  return { message, does: ACTIONS[action], about: aboutOf(asked) };
}

function aboutOf({ action, release, name, from, isDeployed }: Steered): string {
  if (action === 'promote') return `${name}, release ${release}, gets all the traffic`;
  if (release === from) return `${name}, release ${release}, is aborted; the live model keeps serving`;
  const how = isDeployed
    ? 'it is still deployed, so this takes seconds'
    : 'it has to be deployed again, which takes minutes';
  return `back to ${name}: ${how}`;
}

/** The rehearsal of a release. Of what an action does to a release in progress its sentence says all. */
async function planOf(
  session: Session,
  name: string,
  wanted: Wanted,
  requestId: string,
): Promise<PlanReport | null> {
  if (wanted.action !== 'release') return null;
  const { artifact, overrideContract } = wanted;
  return planReport(session, serviceNamed(session, name), { artifact, requestId, overrideContract });
}

/** There is nothing to act on, or what is asked for is wrong: nothing is published. */
async function orConflict<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Refused(409, `${PROBLEMS[error.code].text} (${error.detail})`);
  }
}
