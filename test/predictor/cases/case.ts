/** What a case is: a model, and what is asked of it. */
export interface Question {
  readonly instances?: readonly unknown[];
  /** A body that no JSON writer writes. */
  readonly raw?: string | Buffer;
  readonly status?: number;
  readonly predictions?: readonly unknown[];
  readonly message?: RegExp;
}

export interface Case {
  readonly name: string;
  readonly model: Uint8Array;
  readonly golden?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Refused at the start; one of the causes says this. */
  readonly refused?: RegExp;
  readonly asks?: readonly Question[];
  /** Parts of the contract. */
  readonly contract?: object;
  /** One of the remarks in the log says this. */
  readonly remark?: RegExp;
}

export const good = (instances: readonly unknown[], predictions: readonly unknown[]): Question => ({
  instances,
  predictions,
});
export const bad = (instances: readonly unknown[], message: RegExp): Question => ({
  instances,
  status: 400,
  message,
});
export const malformed = (raw: string | Buffer, message: RegExp): Question => ({ raw, status: 400, message });
export const SEPARATE = { batching: { acrossRequests: false, maxRows: 1 } };
export const SHARED = { batching: { acrossRequests: true } };

/** The same rows alone and in company: their order and company must not matter. */
export function sameInCompany(name: string, model: Uint8Array, golden?: string): Case {
  return { name, model, contract: SEPARATE, ...(golden === undefined ? {} : { golden }) };
}

export const IMAGE = Array.from({ length: 3 }, (_, c) =>
  Array.from({ length: 4 }, (_, y) => [c, y, 1, 2, 3]),
);
export const LINE = '{"instance":[1],"prediction":[0]}\n';
