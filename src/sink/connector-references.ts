import { replaceSecrets } from '../core/secret-text.ts';

/**
 * Keys whose values are secrets, in the sinks' and Kafka's own spelling; `sasl.jaas.config` holds a
 * password.
 */
const SECRET_KEY =
  /passw(?:or)?d|pwd|passphrase|sharedaccess|secret|token|credential|user\.info|jaas|private\.key|api\.key|keystore\.key|account\.key|access\.key|customer\.key|authorization|(?:^|\.)headers$/i;
/** A reference of Connect's own (`${file:…}`, `${secretsmanager:…}`) is no secret. */
const REFERENCE = /^\$\{[^}]+\}$/;
/**
 * A connector's configuration without its secrets: each is replaced by a reference that names where it
 * belongs, so that whoever creates the connector again knows what to fill in.
 */
export function withSecretReferences(
  connector: string,
  config: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      const reference = `\${secret:${connector}:${key}}`;
      if (SECRET_KEY.test(key) && !REFERENCE.test(value)) return [key, reference];
      return [key, replaceSecrets(value, reference)];
    }),
  );
}
