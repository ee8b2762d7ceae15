/** Text that others have written, made fit to be shown. */

/** What breaks lines, and what turns the direction of writing. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Whether it can stand in a line as it is. */
export function isSafe(text: string): boolean {
  return text.search(UNSAFE) < 0;
}

/** The text with `by` for each unsafe character but those of `kept`. */
export function safeText(text: string, by: string, kept = ''): string {
  return text.replaceAll(UNSAFE, (character) => (kept.includes(character) ? character : by));
}
