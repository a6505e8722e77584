import { replaceSecrets } from './secret-text.ts';

/** Names that people give to settings of their own which hold a secret. */
const SECRET_NAME =
  /passw|pwd|passphrase|secret|token|credential|jwt|hmac|salt|(?:^|[._-])(?:api|access|private|encryption|signing|service|anon|master|account)?[._-]?key$/i;

/**
 * What a backup keeps of a setting: its value, or a reference where it is a secret. Only settings with a
 * prefix are somebody's own; PostgreSQL's are no secrets by name, but a connection string may stand in any
 * of them.
 */
export function withoutSecret({ name, value }: { readonly name: string; readonly value: string }): string {
  const reference = `\${secret:${name}}`;
  if (name.includes('.') && SECRET_NAME.test(name)) return reference;
  return replaceSecrets(value, '***') === value ? value : reference;
}

/** Whether a backup holds a reference in the value's place. */
export function isSecretReference({
  name,
  value,
}: {
  readonly name: string;
  readonly value: string;
}): boolean {
  return value === `\${secret:${name}}`;
}
