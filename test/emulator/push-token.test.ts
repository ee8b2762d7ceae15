import { expect, it } from 'vitest';
import { pushToken, refusalOfCall } from '../../emulator/push-token.ts';

const NOW = Date.UTC(2026, 0, 1);
const caller = { account: 'push@p.iam.gserviceaccount.com', audience: 'https://f.run.app', secret: 's' };
const token = pushToken(caller, 's', NOW);

it('has the claims of Google', () => {
  const [header = '', claims = ''] = token.split('.');
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  expect(read(header)).toMatchObject({ typ: 'JWT' });
  expect(read(claims)).toEqual({
    aud: 'https://f.run.app',
    azp: caller.account,
    email: caller.account,
    email_verified: true,
    iat: NOW / 1000,
    exp: NOW / 1000 + 3600,
    iss: 'https://accounts.google.com',
    sub: caller.account,
  });
});

it('opens the function that it is for, as long as it lives', () => {
  expect(refusalOfCall(`Bearer ${token}`, caller, NOW + 3_599_000)).toBeNull();
  expect(refusalOfCall(`bearer ${token}`, caller, NOW)).toBeNull();
});

it.each<[string, string | undefined, number]>([
  ['no header', undefined, 403],
  ['another scheme', `Basic ${token}`, 403],
  ['no token', 'Bearer x', 401],
  ['a token of two parts', `Bearer ${token.split('.').slice(0, 2).join('.')}`, 401],
  ['a signature of another secret', `Bearer ${pushToken(caller, 'other', NOW)}`, 401],
  ['another service as audience', `Bearer ${pushToken({ ...caller, audience: 'x' }, 's', NOW)}`, 401],
  ['another account', `Bearer ${pushToken({ ...caller, account: 'x' }, 's', NOW)}`, 403],
  ['an old token', `Bearer ${pushToken(caller, 's', NOW - 3_600_000)}`, 401],
])('refuses %s', (_, authorization, status) => {
  expect(refusalOfCall(authorization, caller, NOW)).toMatchObject({ status });
});
