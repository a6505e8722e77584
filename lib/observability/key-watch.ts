import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { runbookReference } from '../../src/core/runbook.ts';
import { acknowledge } from '../nag/acknowledge.ts';
import { deadLetterQueue } from '../runtime/dead-letter-queue.ts';
import { DESTRUCTIVE_KEY_ACTIONS } from '../vault/protected-key.ts';

export interface KeyWatchProps {
  readonly stage: string;
  readonly runbookUrl: string | undefined;
  /** Keys of the region that the rule is in. */
  readonly keys: readonly IKey[];
  /** A KeyTopic's among them. */
  readonly topics: readonly ITopic[];
}

/** The heading in docs/runbook.md. */
const KEY_RUNBOOK = 'key-endangered';

/**
 * Tells at once who tries to disable or delete a key, or changes its policy, allowed or denied. It is a rule
 * on CloudTrail's management events, which reach EventBridge where the account has a trail: see `addTrail`.
 */
export class KeyWatch extends Construct {
  readonly undelivered: Queue;

  constructor(scope: Construct, id: string, props: KeyWatchProps) {
    super(scope, id);
    const { stage, runbookUrl, keys, topics } = props;
    // Not under a key that is watched.
    this.undelivered = deadLetterQueue(this, 'Undelivered');
    const rule = new Rule(this, 'Rule', {
      ruleName: `msr-${stage}-${KEY_RUNBOOK}`,
      description: `a key of MSR Recovery is about to be disabled, deleted or given away`,
      eventPattern: {
        source: ['aws.kms'],
        detailType: ['AWS API Call via CloudTrail'],
        detail: endangering(keys),
      },
    });
    acknowledge(
      rule,
      'Annotation::@aws-cdk/aws-events:ruleUnresolvedEnvironment',
      'rule and topic are of one stage, which has one account and one region',
    );
    const message = RuleTargetInput.fromText(
      [
        `MSR Recovery, ${stage}: ${EventField.fromPath('$.detail.eventName')} on a key of the vault`,
        `by ${EventField.fromPath('$.detail.userIdentity.arn')} at ${EventField.time}.`,
        'Without the key no backup can be read.',
        runbookReference(runbookUrl, KEY_RUNBOOK),
      ].join(' '),
    );
    for (const topic of topics) {
      rule.addTarget(new SnsTopic(topic, { deadLetterQueue: this.undelivered, message }));
    }
  }
}

function endangering(keys: readonly IKey[]) {
  const actions = [...DESTRUCTIVE_KEY_ACTIONS, 'kms:PutKeyPolicy'];
  const arns = keys.map(({ keyArn }) => keyArn);
  const ids = keys.map(({ keyId }) => keyId);
  return {
    eventName: actions.map((action) => action.replace('kms:', '')),
    // A denied call names no resources, and whoever calls may give the id or the ARN.
    $or: [{ resources: { ARN: arns } }, { requestParameters: { keyId: [...arns, ...ids] } }],
  };
}
