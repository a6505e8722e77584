/** A text that PostgreSQL refuses as jsonb; the message says why. */
export class JsonbTextError extends Error {
  override readonly name = 'JsonbTextError';
}
