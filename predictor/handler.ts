/**
 * A team's own logic around the model. A handler is a TypeScript file whose default export is made by
 * `defineHandler`; SLIPWAY_HANDLER names it. Without one, nothing of this is on the path of a request.
 */
export interface Handler<State = unknown> {
  /** Names of request parameters that are the handler's and not the model's. */
  readonly parameters?: readonly string[];
  /** Runs once, before the server is ready; what it returns is every call's `state`. */
  readonly load?: (files: ArtifactFiles) => State | Promise<State>;
  /** Turns the caller's instances into the model's: as many, in the same order. */
  readonly before?: (call: BeforeCall<State>) => readonly unknown[] | Promise<readonly unknown[]>;
  /** Turns the model's predictions into the caller's: as many, in the same order. */
  readonly after?: (call: AfterCall<State>) => readonly unknown[] | Promise<readonly unknown[]>;
}

export interface ArtifactFiles {
  /** A file of the artifact by its relative path, or null. */
  read(path: string): Promise<Uint8Array | null>;
}

export interface BeforeCall<State> {
  readonly instances: readonly unknown[];
  /** The request's parameters that the handler has named. */
  readonly parameters: ReadonlyMap<string, unknown>;
  readonly state: State;
  /** Ends the request with 400 and `instances[index]: expected …, got …`. */
  readonly refuse: (index: number, expected: string, got: string) => never;
}

export interface AfterCall<State> extends BeforeCall<State> {
  readonly predictions: readonly unknown[];
}

/** Gives a handler its types. */
export function defineHandler<State = undefined>(handler: Handler<State>): Handler<State> {
  return handler;
}
