import type { ClientCertificate } from './client-certificate.ts';

/**
 * Where Kafka Connect's REST API is, and how to log in to it. Holds secrets: never printed but for its `url`.
 */
export interface ConnectEndpoint {
  /** Without a trailing slash and without credentials; a path before `/connectors` is a proxy's prefix. */
  readonly url: string;
  /** HTTP basic authentication (KIP-285, or a proxy's). */
  readonly login?: { readonly username: string; readonly password: string };
  /** For a listener that asks for a client certificate. */
  readonly clientCertificate?: ClientCertificate;
}
