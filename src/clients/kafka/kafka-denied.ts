/** Kafka's own error names: TOPIC_, GROUP_, CLUSTER_AUTHORIZATION_FAILED. */
const DENIED = /AUTHORIZATION_FAILED|not authorized/i;

/** Whether an ACL is what was missing, in whichever client's words. */
export function isDenied(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const said = [error.message, 'type' in error ? error.type : '', 'apiId' in error ? error.apiId : ''];
  if (said.some((text) => DENIED.test(String(text)))) return true;
  const inner = error instanceof AggregateError ? error.errors : [];
  return [error.cause, ...inner].some(isDenied);
}
