/**
 * What the log of a model server tells about where it listens and what its health route answers. Each function
 * returns the line that tells, or null. Pure.
 *
 * Vertex AI asks on AIP_HTTP_PORT, which is 8080 unless the model's ports say otherwise, and takes 200 for healthy
 * (https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements).
 */

const PORT = 8080;
/** From here on ports are given by the operating system, as the local stack's are: they may well be the right ones. */
const EPHEMERAL = 32_768;

/** uvicorn, Flask, gunicorn, Fastify, TorchServe, Triton, TensorFlow Serving, in the words of each. */
const LISTENING =
  /(?:running on|listening (?:at|on)|inference address:|inference api (?:bind to|listening on):?|started http\w* ?service at|rest api at:|server (?:started )?at)\s*:?\s*(?:https?:\/\/)?(\[::\]|[\w.*-]{1,100}):(\d{1,5})\b/i;

/** The server listens, but where nobody will ask it. */
export function listensElsewhere(lines: readonly string[]): string | null {
  if (listensWell(lines) !== null) return null;
  return lines.findLast((line) => addressOf(line) !== null) ?? null;
}

/** The server listens where Vertex AI will ask it. */
export function listensWell(lines: readonly string[]): string | null {
  return lines.findLast((line) => isGood(addressOf(line))) ?? null;
}

/** The last thing that a GET was answered, where that is not 2xx. */
export function refusesHealthChecks(lines: readonly string[]): string | null {
  const last = lines.findLast((line) => statusOf(line) !== null);
  const status = last === undefined ? null : statusOf(last);
  return last === undefined || status === null || (status >= 200 && status < 300) ? null : last;
}

function addressOf(line: string): { host: string; port: number } | null {
  const [, host, port] = LISTENING.exec(line) ?? [];
  return host === undefined || port === undefined ? null : { host, port: Number(port) };
}

function isGood(address: { host: string; port: number } | null): boolean {
  if (address === null) return false;
  if (address.port >= EPHEMERAL) return true;
  return address.port === PORT && address.host !== '127.0.0.1';
}

function statusOf(line: string): number | null {
  const [, status] = /\b(?:GET|HEAD) \/\S* ?HTTP\/[\d.]{1,5}"? (\d{3})\b/.exec(line) ?? [];
  return status === undefined ? null : Number(status);
}
