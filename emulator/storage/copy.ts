/** New objects made of objects that are there: copies and compositions. */
import { Type } from 'typebox';
import { Value } from 'typebox/value';

import type { JsonObject } from '../core/json.ts';
import { invalid } from './errors.ts';
import { applyPatch, AttributesPatchSchema, parsePatch } from './object.ts';
import type { StoredObject } from './object.ts';
import { checkPreconditions } from './preconditions.ts';
import type { Preconditions } from './preconditions.ts';
import type { Store } from './store.ts';

export interface CopyRequest {
  readonly from: {
    readonly bucket: string;
    readonly name: string;
    readonly generation?: string | undefined;
    readonly preconditions: Preconditions;
  };
  readonly to: { readonly bucket: string; readonly name: string; readonly preconditions: Preconditions };
  /** The attributes of the copy; when it is empty, those of the source. */
  readonly body: JsonObject;
}

export function copyObject(store: Store, { from, to, body }: CopyRequest): StoredObject {
  const { object, content } = store.readObject(from.bucket, from.name, from.generation);
  checkPreconditions(from.preconditions, object, 'write');
  const attributes = Object.keys(body).length === 0 ? object.attributes : applyPatch({}, parsePatch(body));
  const { componentCount } = object;
  return store.putObject(to.bucket, to.name, content, {
    attributes,
    preconditions: to.preconditions,
    ...(componentCount === undefined ? {} : { componentCount }),
  });
}

/** int64 is a string in Google's JSON, but the Node client writes a number. */
const Int64 = Type.Union([Type.String(), Type.Integer()]);

const ComposeSchema = Type.Object({
  sourceObjects: Type.Array(
    Type.Object({
      name: Type.String(),
      generation: Type.Optional(Int64),
      objectPreconditions: Type.Optional(Type.Object({ ifGenerationMatch: Type.Optional(Int64) })),
    }),
  ),
  destination: Type.Optional(AttributesPatchSchema),
});

/** https://cloud.google.com/storage/docs/composite-objects */
const COMPONENTS_MAX = 32;

/** Joins the contents of up to 32 objects of one bucket. */
export function composeObjects(
  store: Store,
  bucket: string,
  name: string,
  body: JsonObject,
  preconditions: Preconditions,
): StoredObject {
  if (!Value.Check(ComposeSchema, body)) {
    throw invalid(`Invalid value for: ${Value.Errors(ComposeSchema, body)[0]?.instancePath.slice(1) ?? ''}`);
  }
  const { sourceObjects, destination } = body;
  if (sourceObjects.length === 0) throw invalid('You must provide at least one source component.');
  if (sourceObjects.length > COMPONENTS_MAX) {
    throw invalid(
      `The number of source components provided (${sourceObjects.length}) exceeds the maximum (${COMPONENTS_MAX}).`,
    );
  }
  const parts = sourceObjects.map((source) => {
    const part = store.readObject(bucket, source.name, asText(source.generation));
    const generationMatch = asText(source.objectPreconditions?.ifGenerationMatch);
    checkPreconditions({ generationMatch }, part.object, 'write');
    return part;
  });
  return store.putObject(bucket, name, Buffer.concat(parts.map(({ content }) => content)), {
    attributes: applyPatch({}, destination ?? {}),
    preconditions,
    componentCount: parts.reduce((count, { object }) => count + (object.componentCount ?? 1), 0),
  });
}

function asText(int64: string | number | undefined): string | undefined {
  return int64 === undefined ? undefined : String(int64);
}
