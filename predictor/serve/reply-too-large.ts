/** The predictions are more than the endpoint carries: answered with 413. */
export class ReplyTooLarge extends Error {
  override readonly name = 'ReplyTooLarge';
}
