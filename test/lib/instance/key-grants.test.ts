import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { isAllowed, rolesAllowed, statementsOf } from '../policies.ts';
import { stage } from '../stage.ts';

const VIA_SECRETS_MANAGER = {
  StringEquals: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' },
};
const secretArn = (name: string) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-AbCdEf`;
const keyArn = (digit: number) => `arn:aws:kms:eu-central-1:111122223333:key/${digit}`;

const example = stage(['account', '111122223333']);
const pipelines = example.stack('Pipelines');
const [operationsKey] = Object.values(pipelines.findResources('AWS::SQS::Queue')).map(
  ({ Properties }) => Properties.KmsMasterKeyId as unknown,
);

describe('a customer key that CDK did not make, for which its grants say nothing', () => {
  it('of the created secret: whoever reads the secret may use it, by Secrets Manager', () => {
    const [[id, secret] = []] = Object.entries(pipelines.findResources('AWS::SecretsManager::Secret'));
    expect(secret?.Properties.KmsKeyId).toEqual(operationsKey);
    const readers = rolesAllowed(pipelines, 'secretsmanager:GetSecretValue', { Ref: id });
    expect(readers.length).toBeGreaterThan(10);
    for (const role of readers) {
      const allowed = isAllowed(
        statementsOf(pipelines, role),
        'kms:Decrypt',
        operationsKey,
        VIA_SECRETS_MANAGER,
      );
      expect(allowed, JSON.stringify(role)).toBe(true);
    }
  });

  it('of variables and dead letters: every Lambda of ours may use it', () => {
    const functions = Object.entries(pipelines.findResources('AWS::Lambda::Function')).filter(
      ([, { Properties }]) => Properties.DeadLetterConfig !== undefined,
    );
    expect(functions.length).toBeGreaterThan(10);
    for (const [id, { Properties }] of functions) {
      const role = { Ref: Properties.Role['Fn::GetAtt'][0] };
      const statements = statementsOf(pipelines, role);
      expect(Properties.KmsKeyArn, id).toEqual(operationsKey);
      expect(isAllowed(statements, 'kms:Decrypt', operationsKey), id).toBe(true);
      expect(isAllowed(statements, 'kms:GenerateDataKey', operationsKey), id).toBe(true);
    }
  });

  it('of what a task reports: the task may use it, for the two state machines', () => {
    for (const operation of ['backup', 'recovery']) {
      const machine = { Ref: example.stateMachines[operation] };
      const condition = { StringEquals: { 'kms:EncryptionContext:aws:states:stateMachineArn': machine } };
      const [taskRole] = rolesAllowed(pipelines, 'states:SendTaskSuccess', machine);
      const statements = statementsOf(pipelines, taskRole);
      expect(isAllowed(statements, 'kms:GenerateDataKey', operationsKey, condition), operation).toBe(true);
    }
  });

  it('of the executions’ logs: the service that delivers them may open what it is given', () => {
    example.stack('Stateful').hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'delivery.logs.amazonaws.com' },
            Action: 'kms:Decrypt*',
            Condition: {
              StringEquals: { 'kms:EncryptionContext:SourceArn': 'arn:aws:logs:eu-central-1:111122223333:*' },
            },
          }),
        ]),
      },
    });
  });
});

describe('a given secret with a customer key', () => {
  const kubernetes = {
    mode: 'csi',
    namespace: 'msr',
    claims: ['data'],
    kubeconfigSecretId: secretArn('kubeconfig'),
  };
  const given = (...more: Parameters<typeof stage>) =>
    stage(
      ['instances.0.databaseSecretArn', secretArn('msr')],
      ['instances.0.readersSecretArn', secretArn('api')],
      ['instances.0.secretKeyArn', keyArn(1)],
      ['instances.0.strategy', { name: 'kubernetes', options: kubernetes }],
      ...more,
    ).stack('Pipelines');
  const separate = given(['instances.0.credentialsKeyArn', keyArn(2)]);

  it.each([
    ['the database', separate, secretArn('msr'), 1],
    ['the readers', separate, secretArn('api'), 1],
    ['the strategy', separate, secretArn('kubeconfig'), 2],
    ['the strategy, under the key of the others', given(), secretArn('kubeconfig'), 1],
  ] as const)('of %s: whoever reads it may decrypt with its key', (_, template, secret, key) => {
    const readers = rolesAllowed(template, 'secretsmanager:GetSecretValue', secret);
    expect(readers).not.toHaveLength(0);
    for (const role of readers) {
      const statements = statementsOf(template, role);
      const allowed = isAllowed(statements, 'kms:Decrypt', keyArn(key), VIA_SECRETS_MANAGER);
      expect(allowed, JSON.stringify(role)).toBe(true);
    }
  });
});
