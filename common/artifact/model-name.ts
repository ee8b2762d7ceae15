/** The names of model versions in the Vertex AI registry. */

const PROJECT = '(?:(?:[a-z0-9][a-z0-9.-]{1,60}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|[1-9][0-9]{0,18})';
const REGION = '[a-z]+-[a-z]+[0-9]{1,2}';
/** Vertex AI names models by numbers of its own, or by an ID that was chosen (UploadModelRequest.model_id). */
const ID = '[a-z0-9_][a-z0-9_-]{0,62}';
const VERSION = '[1-9][0-9]{0,17}';

/** `projects/PROJECT/locations/REGION/models/ID@VERSION`. Aliases move, so that none stands for a version. */
export const MODEL_VERSION = `^projects/${PROJECT}/locations/${REGION}/models/${ID}@${VERSION}$`;

const FORM = new RegExp(`^projects/(${PROJECT})/locations/(${REGION})/models/(${ID})@(${VERSION})$`);

export interface ModelName {
  /** Its ID or its number, as the name has it. */
  readonly project: string;
  readonly region: string;
  readonly id: string;
  /** The model's name, without a version. */
  readonly name: string;
  readonly version: string;
}

/** Null for what names no version of a model. */
export function parseModelName(text: string): ModelName | null {
  const [, project, region, id, version] = FORM.exec(text) ?? [];
  if (project === undefined || region === undefined || id === undefined || version === undefined) return null;
  return { project, region, id, name: text.slice(0, text.lastIndexOf('@')), version };
}
