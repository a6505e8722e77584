/** What an ARN is made of. */
export interface Named {
  readonly type: string;
  readonly logicalId: string;
  /** The properties that name it, resolved; without one CloudFormation makes a name of the logical id. */
  readonly named: Readonly<Record<string, unknown>>;
  readonly account: string;
  readonly region: string;
}

type Shape = readonly [service: string, property: string, format: (name: string) => string];

/** https://docs.aws.amazon.com/service-authorization/latest/reference/ */
const SHAPES: Readonly<Record<string, Shape>> = {
  'AWS::KMS::Key': ['kms', '', (name) => `key/${name}`],
  'AWS::SQS::Queue': ['sqs', 'QueueName', (name) => name],
  'AWS::SNS::Topic': ['sns', 'TopicName', (name) => name],
  'AWS::Lambda::Function': ['lambda', 'FunctionName', (name) => `function:${name}`],
  'AWS::ECS::Cluster': ['ecs', 'ClusterName', (name) => `cluster/${name}`],
  'AWS::ECS::TaskDefinition': ['ecs', 'Family', (name) => `task-definition/${name}:1`],
  'AWS::StepFunctions::StateMachine': ['states', 'StateMachineName', (name) => `stateMachine:${name}`],
  'AWS::Logs::LogGroup': ['logs', 'LogGroupName', (name) => `log-group:${name}:*`],
  'AWS::Events::Rule': ['events', 'Name', (name) => `rule/${name}`],
  'AWS::CloudWatch::CompositeAlarm': ['cloudwatch', 'AlarmName', (name) => `alarm:${name}`],
  'AWS::CloudWatch::Alarm': ['cloudwatch', 'AlarmName', (name) => `alarm:${name}`],
  'AWS::Scheduler::ScheduleGroup': ['scheduler', 'Name', (name) => `schedule-group/${name}`],
  'AWS::Scheduler::Schedule': ['scheduler', 'Name', (name) => `schedule/default/${name}`],
  'AWS::CloudTrail::Trail': ['cloudtrail', 'TrailName', (name) => `trail/${name}`],
  // Secrets Manager adds six characters to the name.
  'AWS::SecretsManager::Secret': ['secretsmanager', 'Name', (name) => `secret:${name}-AbCdEf`],
};

/** A resource of a type that nobody asks the ARN of gets one by which it can be told from others. */
export function arnOf({ type, logicalId, named, account, region }: Named): string {
  if (type === 'AWS::S3::Bucket')
    return `arn:aws:s3:::${nameOf(named['BucketName'], logicalId.toLowerCase())}`;
  if (type === 'AWS::IAM::Role')
    return `arn:aws:iam::${account}:role/${nameOf(named['RoleName'], logicalId)}`;
  const [service, property, format] = SHAPES[type] ?? [type.toLowerCase(), '', (name: string) => name];
  return `arn:aws:${service}:${region}:${account}:${format(nameOf(named[property], logicalId))}`;
}

function nameOf(given: unknown, made: string): string {
  return typeof given === 'string' ? given : made;
}

/** What `Ref` gives: an ARN for some types, for others the name. */
export function referenceOf(type: string, arn: string): string {
  switch (type) {
    case 'AWS::SNS::Topic':
    case 'AWS::SecretsManager::Secret':
    case 'AWS::StepFunctions::StateMachine':
    case 'AWS::ECS::TaskDefinition':
      return arn;
    case 'AWS::Logs::LogGroup':
      return arn.replace(/^.*:log-group:/, '').replace(/:\*$/, '');
    default:
      return arn.replace(/^.*[:/]/, '');
  }
}
