/** Tokens of the service account that the predictor runs as. */
import { exportsOf } from './exports-of.ts';

/** For Google's APIs. google-auth-library keeps it until it is about to expire. */
export async function accessToken(): Promise<string> {
  const { GoogleAuth } = exportsOf(await import('google-auth-library'));
  auth ??= new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
  return (await auth.getAccessToken()) ?? '';
}

let auth: { getAccessToken(): Promise<string | null | undefined> } | undefined;
