/** The server cannot take or finish a request now: answered with 503 and Retry-After. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}
