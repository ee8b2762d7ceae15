/** Messages on the topic of requests that are no requests, with the code of their refusal. */
import { MODELS } from '../support/local-stack.ts';

export const BAD_MESSAGES: readonly [what: string, message: object, code: string][] = [
  ['not JSON', { data: Buffer.from('release it') }, 'MESSAGE_NOT_JSON'],
  ['wrong types', { json: { service: 7 } }, 'MESSAGE_INVALID'],
  ['an unknown service', { json: { service: 'nobody' } }, 'SERVICE_UNKNOWN'],
  [
    'an artifact elsewhere',
    { json: { service: 'landing', artifact: `gs://${MODELS}/twin/v1/` } },
    'ARTIFACT_ELSEWHERE',
  ],
  ['attributes alone', { attributes: { service: 'landing' } }, 'MESSAGE_NOT_JSON'],
  ['a huge body', { data: Buffer.alloc(400_000, 'x') }, 'MESSAGE_TOO_LARGE'],
];
