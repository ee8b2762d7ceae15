/**
 * What ONNX Runtime says of a model or a run, as people can read it: without the place in its sources and the
 * C++ signature that come first and hide the sentence behind 200 characters, and with what helps where that is known.
 */

/** `/onnxruntime_src/…/model.cc:202 `, or without the folders. What the check in the source was called follows. */
const PLACE = /(?:\/?(?:[\w.+-]{1,80}\/){1,20})?[\w.+-]{1,80}\.(?:cc|h|cpp|hpp|cu|inl?):\d{1,6} /g;
// A message may repeat names out of the file, which can be of any length.
const MESSAGE_CHARS_MAX = 8000;
// What it says before the reason when it loads from a path, which tells nobody anything.
const LOADING = /^Load model from .{0,4096}? failed:\s*/s;
const NODE = /^Non-zero status code returned while running (\S+) node\. Name:'([^']*)' Status Message: /;
// `axis == 1 || axis == largest was false. Attempting to …`: the condition of a check, before what it says.
const CONDITION = /^[^.]{1,300}? was false\.? (?=\S)/;

/** The runtime's own words, without what only its authors can read. */
export function runtimeReason(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error))
    .slice(0, MESSAGE_CHARS_MAX)
    .replace(LOADING, '');
  const node = NODE.exec(message);
  const where = node === null ? '' : `${node[1]}${node[2] === '' ? '' : ` "${node[2]}"`}: `;
  const text = node === null ? message : message.slice(node[0].length);
  return `${where}${withoutPlaces(text)}`.replaceAll(/\s+/g, ' ').trim();
}

function withoutPlaces(text: string): string {
  let kept = '';
  let from = 0;
  for (const place of text.matchAll(PLACE)) {
    if (place.index < from) continue;
    kept += text.slice(from, place.index);
    from = signatureEnd(text, place.index + place[0].length);
    from += CONDITION.exec(text.slice(from))?.[0].length ?? 0;
  }
  return kept + text.slice(from);
}

/**
 * Where the message starts after a function's name or, with its parameters, its signature:
 * `void a::B<T>::f(int, char*) const [with T = float] `.
 */
function signatureEnd(text: string, start: number): number {
  const name = /\S*\s?/.exec(text.slice(start))?.[0] ?? '';
  const parameters = text.indexOf('(', start);
  // A bare name, as in `session.cc:2119 LoadModel `: no parenthesis before the sentence has begun.
  if (parameters < 0 || !isDeclaration(text.slice(start, parameters))) return start + name.length;
  let at = parameters;
  let depth = 0;
  for (; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if ('(<['.includes(character)) depth += 1;
    // `->` and `operator>` close nothing.
    else if (')>]'.includes(character) && depth > 0) depth -= 1;
    if (depth > 0 || !/\s/.test(text[at + 1] ?? ' ')) continue;
    const more = /^ (?:const|noexcept|&&?|(?=\[with ))/.exec(text.slice(at + 1));
    if (more === null) break;
    at += more[0].length;
  }
  return Math.min(text.length, at + 2);
}

/** True of what may stand before a parameter list in C++: types and names, no punctuation of sentences. */
function isDeclaration(text: string): boolean {
  return /^[\w:<>,&*~ .=+[\]-]+$/.test(text) && /::/.test(text);
}
