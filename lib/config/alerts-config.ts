import { z } from 'zod';
import { arnField, field, pageField } from './fields.ts';

const secretKeyArn = field(
  arnField('kms', 'key/').optional(),
  'The customer key of that secret. Without it, the key of Secrets Manager itself.',
  'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555',
);

const pagerDuty = z.strictObject({
  routingKeySecretArn: field(
    arnField('secretsmanager', 'secret:'),
    'The secret whose text is the routing key of an integration of type Events API v2, and nothing else.',
    'arn:aws:secretsmanager:eu-central-1:111122223333:secret:msr/pagerduty-AbCdEf',
  ),
  secretKeyArn,
  serviceRegion: field(z.enum(['us', 'eu']).default('us'), 'The service region of the PagerDuty account.'),
});

const slack = z.strictObject({
  webhookSecretArn: field(
    arnField('secretsmanager', 'secret:'),
    'The secret whose text is the URL of an incoming webhook, and nothing else.',
    'arn:aws:secretsmanager:eu-central-1:111122223333:secret:msr/slack-AbCdEf',
  ),
  secretKeyArn,
});

export const alertsSchema = z.strictObject({
  emails: field(z.array(z.email('expected an e-mail address')).min(1), 'Who is told; each must confirm.', [
    'oncall@example.com',
  ]),
  runbookUrl: field(
    pageField.optional(),
    'Where whoever is woken can read docs/runbook.md: every alarm links to a heading there. Without it alarms name the heading alone, and the synthesis warns.',
    'https://wiki.example.com/msr-recovery/runbook',
  ),
  trail: field(
    z.enum(['create', 'existing']).default('create'),
    'Whoever endangers a key is told of by way of a CloudTrail trail that logs management events in every region of the stage. `existing`: the account (and that of the copy) has one. `create`: one is made, of writing calls only.',
  ),
  pagerDuty: pagerDuty
    .optional()
    .meta({ description: 'Pages go to PagerDuty, too, and are resolved there when they end.' }),
  slack: slack.optional().meta({ description: 'Pages and tickets go to a channel of Slack, too.' }),
});
