/** The predictions of a container's answer, each as the text that the container wrote: what was -0 stays -0. */
import { isObject, parseJson } from '../../core/json.ts';
import type { Json } from '../../core/json.ts';

/** One an instance, or why there is none. */
export function predictionsIn(text: string, count: number): string[] | string {
  let answer: Json;
  try {
    answer = parseJson(text);
  } catch {
    return 'Cannot get predictions. The response is not valid JSON.';
  }
  const { predictions } = isObject(answer) ? answer : {};
  if (!Array.isArray(predictions)) return 'Cannot get predictions. The response has no "predictions".';
  if (predictions.length !== count) {
    return `The number of predictions (${predictions.length}) does not match the number of instances (${count}).`;
  }
  const [start] = /^\s*\{\s*"predictions"\s*:\s*\[/.exec(text) ?? [];
  const written = start === undefined ? null : elementsFrom(text, start.length);
  // With other fields around them, as they were read.
  return written ?? predictions.map((prediction) => JSON.stringify(prediction));
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSE: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** The elements of the array of valid JSON that has begun just before `from`; null if more follows than one brace. */
function elementsFrom(text: string, from: number): string[] | null {
  const elements: string[] = [];
  let depth = 0;
  let begin = from;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfText(text, at);
    else if (OPEN.has(code)) depth += 1;
    else if (CLOSE.has(code)) {
      depth -= 1;
      if (depth >= 0) continue;
      if (!/^\s*\}\s*$/.test(text.slice(at + 1))) return null;
      const last = text.slice(begin, at).trim();
      return last === '' ? elements : [...elements, last];
    } else if (code === COMMA && depth === 0) {
      elements.push(text.slice(begin, at).trim());
      begin = at + 1;
    }
  }
  return null;
}

/** Where the text that begins at `from` has its closing quote. */
function endOfText(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}
