/** JSON whose numbers stay as they are written, however many digits they have. */

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** Numbers that a double does not hold. */
const LONG_NUMBER = /[0-9]{16,}/;

/** Throws a SyntaxError. */
export function parseExact(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  // https://github.com/tc39/proposal-json-parse-with-source, in Node since 21; the types of the language lag behind.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const json = JSON as unknown as {
    parse(text: string, reviver: Reviver): unknown;
    rawJSON(text: string): unknown;
  };
  return json.parse(text, (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && !isSame(value, source)
      ? json.rawJSON(source)
      : value,
  );
}

function isSame(value: number, source: string): boolean {
  return String(value) === source || !/^-?[0-9]{16,}$/.test(source);
}
