/** Finds the newest marker of a listing with the real client, and says how much memory that took. Argument: its URL. */
import { Storage } from '@google-cloud/storage';
import { storedArtifacts } from '../../../functions/google/artifacts.ts';
import { firstWanted } from '../../../functions/release/requests/identity.ts';
import { newestMarker } from '../../../functions/release/requests/newest.ts';
import { parsePattern } from '../../../functions/config/pattern.ts';

const pattern = parsePattern('gs://models/churn/*/model.onnx');
const apiEndpoint = process.argv[2];
if (typeof pattern === 'string' || apiEndpoint === undefined)
  throw new Error('expected the URL of a listing');
const artifacts = storedArtifacts(
  new Storage({ projectId: 'p', apiEndpoint, retryOptions: { autoRetry: false } }),
);
// What the client loads at its first call is no part of the listing.
await artifacts.head('models', 'churn/v0/model.onnx').catch(() => null);
const before = process.memoryUsage().rss;
let most = before;
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage().rss);
}, 5);
const newest = await newestMarker(artifacts, pattern, firstWanted(null));
clearInterval(watch);
most = Math.max(most, process.memoryUsage().rss);
process.stdout.write(
  JSON.stringify({ newest: newest?.name, mebibytes: Math.round((most - before) / 2 ** 20) }),
);
