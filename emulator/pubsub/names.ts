import { invalid } from './refusals.ts';

/** `projects/{project}/topics/{topic}` and its like; the id as pubsub.proto documents it. */
const namePattern = /^projects\/([^/]+)\/(topics|subscriptions)\/([A-Za-z][A-Za-z0-9\-_.~+%]{2,254})$/;

/** What a subscription shows as its topic once that topic is deleted. */
export const DELETED_TOPIC = '_deleted-topic_';

export interface ResourceName {
  readonly project: string;
  readonly id: string;
}

/** Throws INVALID_ARGUMENT when `name` is not a full name of that kind of resource. */
export function parseName(kind: 'topics' | 'subscriptions', name: string): ResourceName {
  const [, project, found, id] = namePattern.exec(name) ?? [];
  if (project === undefined || id === undefined || found !== kind || id.startsWith('goog')) {
    throw invalid(
      `Invalid resource name given (name=${name}). Refer to https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names for more information.`,
    );
  }
  return { project, id };
}
