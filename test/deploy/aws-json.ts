import type { Emulator } from '../aws/emulators.ts';

/**
 * One call of a service whose client we do not depend on, by AWS's JSON protocol. The emulator reads the
 * account and the service from the signature's head and checks no more of it.
 * @param target of the service's model: `Logs_20140328.FilterLogEvents`
 * @throws Error with what the emulator said
 */
export async function awsJson(
  emulator: Emulator,
  service: string,
  target: string,
  body: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const { AWS_ACCESS_KEY_ID: account, AWS_REGION: region } = emulator.env;
  const response = await fetch(emulator.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
      authorization: `AWS4-HMAC-SHA256 Credential=${account}/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target} answers ${response.status}: ${text}`);
  return text === '' ? {} : JSON.parse(text);
}
