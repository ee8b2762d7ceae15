import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseMultipart } from '../../../emulator/storage/multipart.ts';

const BOUNDARY = '===============0927270895097007338==';

function compose(lineEnd: string, metadata: string, content: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(
      [`--${BOUNDARY}`, 'Content-Type: application/json', '', metadata, `--${BOUNDARY}`, ''].join(lineEnd),
    ),
    Buffer.from(['content-type: text/plain; x=y', 'MIME-Version: 1.0', '', ''].join(lineEnd)),
    content,
    Buffer.from(`${lineEnd}--${BOUNDARY}--`),
  ]);
}

const styles = [
  { client: 'gcloud', lineEnd: '\n', header: `multipart/related; boundary='${BOUNDARY}'` },
  { client: 'the Node client', lineEnd: '\r\n', header: `multipart/related; boundary=${BOUNDARY}` },
  { client: 'RFC 2387', lineEnd: '\r\n', header: `Multipart/Related; type="a"; boundary="${BOUNDARY}"` },
];

describe.each(styles)('as $client writes it', ({ lineEnd, header }) => {
  test('any content comes through whole', () => {
    // Line ends and dashes are what could be taken for a part of the boundary.
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc
        .constantFrom('\r', '\n', '\r\n', '--', `--${BOUNDARY}x`, `\n-${BOUNDARY}`)
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const content = Buffer.concat(pieces);
        const parsed = parseMultipart(compose(lineEnd, '{"name":"a"}', content), header);
        expect(parsed.metadata.toString()).toBe('{"name":"a"}');
        expect(parsed.content.equals(content)).toBe(true);
        expect(parsed.contentType).toBe('text/plain; x=y');
      }),
    );
  });
});

const header = `multipart/related; boundary=${BOUNDARY}`;

test.each([
  ['no boundary in the header', 'multipart/related', compose('\n', '{}', Buffer.from('x'))],
  [
    'another boundary in the header',
    'multipart/related; boundary=other',
    compose('\n', '{}', Buffer.from('x')),
  ],
  ['a body cut short', header, compose('\n', '{}', Buffer.from('x')).subarray(0, -4)],
  ['one part', header, Buffer.from(`--${BOUNDARY}\n\n{}\n--${BOUNDARY}--`)],
  ['a part without an end of its headers', header, Buffer.from(`--${BOUNDARY}\na: b\n--${BOUNDARY}--`)],
  ['nothing', header, Buffer.alloc(0)],
])('%s is refused', (_case, header, body) => {
  expect(() => parseMultipart(body, header)).toThrow('Malformed multipart body');
});
