import * as http from 'node:http';
import * as https from 'node:https';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For a listener that asks for a client certificate; PEM texts. */
  readonly clientCertificate?: { readonly certificate: string; readonly key: string } | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** A longer answer is broken off. @default whatever comes */
  readonly maxBytes?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** The answer is longer than the caller can hold. */
export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';
}

/**
 * One request. fetch takes no client certificate; node:https does.
 * @throws what the connection throws, AnswerTooLongError; an abort's reason
 */
export function httpRequest({
  method,
  url,
  maxBytes = Infinity,
  ...request
}: HttpRequest): Promise<HttpAnswer> {
  const { body, clientCertificate, signal, timeoutMs } = request;
  const timeout = AbortSignal.timeout(timeoutMs);
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const options = {
    method,
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    headers: { accept: 'application/json', ...request.headers, ...length },
    ...(clientCertificate && { cert: clientCertificate.certificate, key: clientCertificate.key }),
  };
  return new Promise((resolve, reject) => {
    const client = url.startsWith('https:') ? https : http;
    const sent = client.request(url, options, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > maxBytes) response.destroy(new AnswerTooLongError(`more than ${maxBytes} bytes`));
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
