/** Counts the requests that leave this process: of HTTP, and the streams of HTTP/2 that gRPC's calls are. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

const CHANNELS = ['http.client.request.start', 'http2.client.stream.start'];

export class Wire {
  requests = 0;
  readonly #count = () => {
    this.requests += 1;
  };

  constructor() {
    for (const channel of CHANNELS) subscribe(channel, this.#count);
  }

  reset(): void {
    this.requests = 0;
  }

  close(): void {
    for (const channel of CHANNELS) unsubscribe(channel, this.#count);
  }
}
