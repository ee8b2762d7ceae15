/**
 * What the container of a deployed model has written, by Cloud Logging (LoggingServiceV2.ListLogEntries).
 *
 * Vertex AI writes standard output and error to the log `aiplatform.googleapis.com/prediction_container`, with the
 * deployed model's id as a label of the entry and the text in `jsonPayload.message`. Google documents that they are
 * logged (https://cloud.google.com/vertex-ai/docs/predictions/online-prediction-logging), not in which form: the form
 * is that of entries which others have published. Whether it holds for a container that never became ready is not
 * known; nothing found is then no proof that nothing was written.
 */
import { stripVTControlCharacters } from 'node:util';
import { Type, type Static } from 'typebox';
import type { Config } from '../config/config.ts';
import { CallError } from '../errors.ts';
import type { Logs } from '../world.ts';
import { endpointFilter } from './endpoint-filter.ts';
import type { Rest } from './rest.ts';
import { safeText } from '../../common/safe-text.ts';

const METHOD = 'ListLogEntries';
const CONTAINER_LOG = 'aiplatform.googleapis.com/prediction_container';

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list. An entry has 256 KB at most. */
const Page = Type.Object({
  entries: Type.Optional(
    Type.Array(
      Type.Object({
        textPayload: Type.Optional(Type.String()),
        jsonPayload: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
        severity: Type.Optional(Type.String()),
      }),
    ),
  ),
  nextPageToken: Type.Optional(Type.String()),
});
type Entry = NonNullable<Static<typeof Page>['entries']>[number];

const LINES_MAX = 60;
const CHARACTERS_MAX = 4_000;
const PAGES_MAX = 5;

export function cloudLogging(rest: Rest, config: Config): Logs {
  return {
    async tail(endpoint, deployedModel, since) {
      if (!/^\d{1,19}$/.test(deployedModel))
        throw new CallError(
          METHOD,
          'INVALID_ARGUMENT',
          `no deployed model's id: ${deployedModel.slice(0, 30)}`,
        );
      const filter = [
        `log_id("${CONTAINER_LOG}")`,
        ...endpointFilter(METHOD, endpoint),
        `labels.deployed_model_id="${deployedModel}"`,
        `timestamp>="${new Date(since).toISOString()}"`,
      ].join(' AND ');
      const newestFirst: Entry[] = [];
      let pageToken = '';
      for (let page = 0; page < PAGES_MAX; page += 1) {
        const body = {
          resourceNames: [`projects/${config.project}`],
          filter,
          orderBy: 'timestamp desc',
          pageSize: LINES_MAX,
          ...(pageToken !== '' && { pageToken }),
        };
        const found = await rest(Page, { method: METHOD, path: '/v2/entries:list', body });
        newestFirst.push(...(found.entries ?? []));
        pageToken = found.nextPageToken ?? '';
        // A page without entries but with a token: the search goes on.
        if (pageToken === '' || newestFirst.length >= LINES_MAX) break;
      }
      const lines = newestFirst.slice(0, LINES_MAX).toReversed().flatMap(toLines);
      return lines.filter((line) => line.trim() !== '').slice(-LINES_MAX);
    },
  };
}

/** Lines of bounded length. They were written by the container, and go into logs, terminals and messages. */
function toLines(entry: Entry): string[] {
  return textOf(entry).split(/\r?\n/).slice(-LINES_MAX).map(toLine);
}

function toLine(text: string): string {
  // A tab may be an indent.
  const plain = safeText(stripVTControlCharacters(text.slice(0, 2 * CHARACTERS_MAX)), ' ', '\t').trimEnd();
  if (plain.length <= CHARACTERS_MAX) return plain;
  return `${plain.slice(0, CHARACTERS_MAX - 1).toWellFormed()}…`;
}

/** A structured line stays one, in JSON: the reason of a failure stands beside its message. */
function textOf({ textPayload, jsonPayload = {}, severity = 'DEFAULT' }: Entry): string {
  if (textPayload !== undefined) return textPayload;
  const { message } = jsonPayload;
  if (typeof message === 'string' && Object.keys(jsonPayload).length === 1) return message;
  const json = JSON.stringify({ severity, ...jsonPayload });
  // Half of one could not be read.
  return json.length > CHARACTERS_MAX && typeof message === 'string' ? message : json;
}
