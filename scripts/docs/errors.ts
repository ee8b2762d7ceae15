/**
 * The sections of docs/errors.md, one for each code: heading and sentence are generated from functions/problems.ts,
 * what to check and the example are written by hand and stay. A new code gets a skeleton; a code that is gone loses
 * its section.
 */
import { PROBLEMS } from '../../functions/problems.ts';
import { causeOf } from '../../functions/release/publish/outcome.ts';

const SENTENCES: ReadonlyMap<string, string> = new Map<string, string>([
  ...Object.entries(PROBLEMS).map(([code, { text, retry }]): [string, string] => [
    code,
    retry === 'again' ? `${text} Slipway tries again.` : text,
  ]),
  ['SUPERSEDED', causeOf('SUPERSEDED', '').text],
]);

const SKELETON = 'Check:\n\n- TODO\n\nExample:\n\n```text\nTODO\n```';

/** The sections for what the page has now. */
export function errorSections(page: string): string {
  const byHand = new Map(
    [...page.matchAll(/^## `([A-Z_]+)`\n\n(?:>[^\n]*\n)+\n(.*?)(?=^## |^<!-- end)/gms)].map(
      ([, code = '', text = '']) => [code, text.trim()],
    ),
  );
  return [...SENTENCES]
    .map(([code, sentence]) => `## \`${code}\`\n\n> ${sentence}\n\n${byHand.get(code) ?? SKELETON}`)
    .join('\n\n');
}
