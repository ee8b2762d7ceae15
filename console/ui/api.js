/** Asks the server this page came from. */
import { state, update } from './state.js';

/** A refusal, in the server's words. */
export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} text
   * @param {unknown} body
   */
  constructor(status, text, body) {
    super(text);
    this.status = status;
    this.body = body;
  }
}

/**
 * Rejects with a Refusal, or with what says that nobody answers.
 * @param {string} path
 * @returns {Promise<any>}
 */
export async function get(path) {
  return answered(await fetch(path));
}

/**
 * @param {string} path
 * @param {unknown} body
 * @returns {Promise<any>}
 */
export async function post(path, body) {
  const headers = { 'content-type': 'application/json', 'x-slipway-token': state.session?.token ?? '' };
  return answered(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

/** @param {Response} response */
async function answered(response) {
  const body = await response.json();
  if (response.ok) return body;
  if (response.status === 401) update({ isLocked: true, refusal: String(body.error ?? '') });
  throw new Refusal(response.status, String(body.error ?? response.statusText), body);
}

/**
 * What failed, in a sentence.
 * @param {unknown} error
 */
export function sentence(error) {
  if (error instanceof Refusal) return error.message;
  return 'The console does not answer: see whether it still runs.';
}
