import { messageOf, OperatorError } from '../../core/operator-error.ts';

/**
 * A token for Amazon MSK with IAM access control, by AWS's own signer: a request for
 * `kafka-cluster:Connect`, signed with the credentials of the SDK's chain and valid for 15 minutes. Each
 * connection gets one of its own.
 * @throws OperatorError where there are no credentials to sign with
 */
export async function mskToken(region: string): Promise<string> {
  // Few need it, and it brings half of the SDK with it.
  const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
  try {
    return (await generateAuthToken({ region })).token;
  } catch (cause) {
    throw new OperatorError(`no token for MSK can be signed: ${messageOf(cause)}`, {
      hint: 'give the task a role with kafka-cluster:Connect on the cluster, or set AWS_PROFILE',
      cause,
    });
  }
}
