/**
 * What the log of a model server tells about where it listens, what its health route answers, and whether it is
 * still at work. Each function returns the line that tells, or null. Pure.
 *
 * Vertex AI asks on AIP_HTTP_PORT, which is the first of the model's `ports` and 8080 where there are none
 * (model.proto), and takes 200 for healthy
 * (https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements).
 */

/** What every model is uploaded with. */
export const SERVER_PORT = 8080;

/** From here on ports are given by the operating system, as the local stack's are: they may well be the right ones. */
const EPHEMERAL = 32_768;

/** uvicorn, Flask, gunicorn, Fastify, TorchServe, Triton, TensorFlow Serving, in the words of each. */
const LISTENING =
  /(?:running on|listening (?:at|on)|inference address:|inference api (?:bind to|listening on):?|started (?:[\w ]{0,20} )?http\w{0,10} ?service at|rest api at:|server (?:started |running )?at|serving (?:on|at))\s?:?\s?(?:https?:\/\/)?(\[::\]|[\w.*-]{1,100}):(\d{2,5})(?![\d:-])/i;
/** The port alone. */
const LISTENING_ON = /(?:running|listening|serving|started) (?:at|on) (?:port:? |:)(\d{2,5})(?![\d:-])/i;

/** Where a server listens and what it answered is routine, and tells nevertheless. */
export const SIGNS = /\b(?:GET|HEAD) \/|listening|running on|started|serving|bind|exporting|address/i;

/** The server listens, but where Vertex AI never asks. */
export function listensElsewhere(lines: readonly string[], port: number): string | null {
  if (listensWell(lines, port) !== null) return null;
  return lines.findLast((line) => addressOf(line) !== null) ?? null;
}

/** The server listens where Vertex AI asks it. */
export function listensWell(lines: readonly string[], port: number): string | null {
  return lines.findLast((line) => isGood(addressOf(line), port)) ?? null;
}

/** The last thing that a GET was answered, where that is not 2xx. */
export function refusesHealthChecks(lines: readonly string[]): string | null {
  const last = lines.findLast((line) => statusOf(line) !== null);
  const status = last === undefined ? null : statusOf(last);
  return last === undefined || status === null || (status >= 200 && status < 300) ? null : last;
}

/** The model is being fetched or loaded. */
export function isProgress(line: string): boolean {
  return /\b(?:down)?loading\b|\bfetching\b|\bcopying\b|\bwarming up\b|\bcompiling\b|\bcapturing\b|\bcheckpoint shards\b|\d{1,3} ?%\|/i.test(
    line,
  );
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function addressOf(line: string): Address | null {
  const [, host = '*', port] = LISTENING.exec(line) ?? [];
  const number = port ?? LISTENING_ON.exec(line)?.[1];
  return number === undefined ? null : { host, port: Number(number) };
}

function isGood(address: Address | null, port: number): boolean {
  if (address === null) return false;
  if (address.port >= EPHEMERAL) return true;
  return address.port === port && address.host !== '127.0.0.1' && address.host !== 'localhost';
}

function statusOf(line: string): number | null {
  const [, status] = /\b(?:GET|HEAD) \/\S{0,2000} ?HTTP\/[\d.]{1,5}"? (\d{3})\b/.exec(line) ?? [];
  return status === undefined ? null : Number(status);
}
