/**
 * Globs over object names: `*` and `?` stop at a slash, `**` does not, `[abc]`, `[a-z]` and `[!abc]` are one character,
 * `{a,b}` is either. https://cloud.google.com/storage/docs/json_api/v1/objects/list, matchGlob. What is not documented
 * is taken literally: there is no escape, and what is left open is itself.
 */
export function globPattern(glob: string): RegExp {
  const parts = [...glob.matchAll(/\*\*\/|\*+|\?|\[[!^]?[^\]]+\]|\{[^{}]*\}|[^]/gu)];
  return new RegExp(`^${parts.map(([part]) => expressionOf(part)).join('')}$`, 'su');
}

function expressionOf(part: string): string {
  if (part === '**/') return '(?:.*/)?';
  if (part === '*') return '[^/]*';
  if (part.startsWith('*')) return '.*';
  if (part === '?') return '[^/]';
  if (part.length > 1 && part.startsWith('[')) {
    const inverted = /^\[[!^]/.test(part);
    const members = part.slice(inverted ? 2 : 1, -1).replaceAll(/[\\\]^[]/g, String.raw`\$&`);
    return inverted ? `[^/${members}]` : `[${members}]`;
  }
  if (part.length > 1 && part.startsWith('{')) {
    const choices = part.slice(1, -1).split(',');
    return `(?:${choices.map((choice) => globPattern(choice).source.slice(1, -1)).join('|')})`;
  }
  return RegExp.escape(part);
}
