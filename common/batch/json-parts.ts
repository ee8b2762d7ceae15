/**
 * Takes the text of JSON apart without reading its values: what a prediction says stays as it is written, also numbers
 * that no double holds.
 */

/** The texts of the elements of an array, or of the members of an object, whose text this is. It has to be JSON. */
export function partsOf(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (char === '"') i = endOfString(text, i);
    else if (char === '[' || char === '{') {
      depth += 1;
      if (depth === 1) start = i + 1;
    } else if (char === ']' || char === '}') {
      depth -= 1;
      if (depth === 0) parts.push(text.slice(start, i).trim());
    } else if (char === ',' && depth === 1) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  return parts.length === 1 && parts[0] === '' ? [] : parts;
}

/** The text of the member of that name in an object, or undefined. The name needs no escapes. */
export function memberOf(text: string, name: string): string | undefined {
  const head = `"${name}"`;
  const member = partsOf(text).findLast((part) => part.startsWith(head));
  return member === undefined ? undefined : member.slice(member.indexOf(':', head.length) + 1).trim();
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '"') return i;
  }
  return text.length;
}
