import { type ClientCertificate, clientCertificate } from '../clients/client-certificate.ts';
import type { Environment } from '../core/environment.ts';
import { OperatorError } from '../core/operator-error.ts';

/** Two variables of which one means nothing alone. @throws OperatorError naming the one that is missing */
export function both(
  firstName: string,
  first: string | undefined,
  secondName: string,
  second: string | undefined,
): readonly [string, string] | undefined {
  if (first !== undefined && second !== undefined) return [first, second];
  if (first === undefined && second === undefined) return undefined;
  const [present, missing] = first === undefined ? [secondName, firstName] : [firstName, secondName];
  throw new OperatorError(`${present} is set, but ${missing} is not`, {
    hint: `set ${missing} too, or leave both out`,
  });
}

/** @throws OperatorError as clientCertificate, and where one of them is missing */
export function certificateOf<C extends string, K extends string>(
  values: Partial<Record<C | K, string | undefined>>,
  certificate: C,
  key: K,
): { readonly clientCertificate?: ClientCertificate } {
  const texts = both(certificate, values[certificate], key, values[key]);
  if (texts === undefined) return {};
  const [pem, keyPem] = texts;
  return {
    clientCertificate: clientCertificate(
      { variable: certificate, value: pem },
      { variable: key, value: keyPem },
    ),
  };
}

/** The region by the SDK's own names: a Lambda has the first one, and a task. */
export function regionOf(env: Environment): string {
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  if (region !== undefined) return region;
  throw new OperatorError('MSR_KAFKA_SASL_MECHANISM is aws-msk-iam, but no region is known', {
    hint: "set AWS_REGION to the cluster's region",
  });
}
