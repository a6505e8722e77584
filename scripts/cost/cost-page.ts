import { PRICE, PRICES_AS_OF, PRICES_REGION } from '../../src/core/list-prices.ts';
import { type Deployment, monthlyCost } from './monthly-cost.ts';

const DEPLOYMENTS: readonly Deployment[] = [
  {
    name: 'Small',
    words: 'one instance, 20 GB, a backup a day, in an existing network',
    instances: 1,
    databaseGb: 20,
    frequency: 'daily',
    replicated: false,
    endpointZones: 0,
  },
  {
    name: 'Medium',
    words:
      "the playbook's 100 GB, a backup a day, copied to a second region, a network of its own in two zones",
    instances: 1,
    databaseGb: 100,
    frequency: 'daily',
    replicated: true,
    endpointZones: 2,
  },
  {
    name: 'Large',
    words:
      'two instances (az-a, az-b) of 300 GB, a backup every 12 hours, copied to a second region, a network of its own in two zones',
    instances: 2,
    databaseGb: 300,
    frequency: 'twice-daily',
    replicated: true,
    endpointZones: 2,
  },
];

/** docs/cost.md as it has to be; `npm run docs:cost` writes it, and a test compares. */
export function costPage(): string {
  return `${[INTRODUCTION, overview(), ...DEPLOYMENTS.map(section), NOTES].join('\n\n')}\n`;
}

const INTRODUCTION = `# What a month costs

Reckoned by \`scripts/cost\` from list prices of ${PRICES_AS_OF} for ${PRICES_REGION}, without free tiers, savings plans and
taxes; nobody has paid these bills yet. Strategy \`dump\`, the default tiers (14 daily, 8 weekly, 12 monthly), Object Lock for
14 days, a dump of 0.3 of the database as in the playbook. With your own ratio (\`msr doctor\` prints it) everything under
S3 shrinks or grows in proportion. Database, Kafka and Kafka Connect are not in it: they run anyway.`;

function overview(): string {
  const rows = DEPLOYMENTS.map(
    (deployment) => `| ${deployment.name} | ${deployment.words} | **${dollars(total(deployment))}** |`,
  );
  return ['| deployment | what | a month |', '|---|---|---:|', ...rows].join('\n');
}

function section(deployment: Deployment): string {
  const rows = monthlyCost(deployment).map(
    ({ what, dollars: amount, arithmetic }) => `| ${what} | ${arithmetic} | ${dollars(amount)} |`,
  );
  return [
    `## ${deployment.name}`,
    '',
    '| | arithmetic | a month |',
    '|---|---|---:|',
    ...rows,
    `| **together** | | **${dollars(total(deployment))}** |`,
  ].join('\n');
}

const NOTES = `## What changes it most

- **The network.** Interface endpoints cost more than everything else of a small deployment. An existing network that has
  them, or a NAT gateway, brings that line to nothing of ours. Only services that something calls have one: \`ebs\` and
  \`hybrid\` add EC2's, and with \`restore\` three of Systems Manager's.
- **The ratio.** 0.3 is the playbook's; generated events in a columnstore gave 0.1 here. One backup measures yours.
- **\`ebs\` and \`hybrid\`** add snapshots at $${PRICE.snapshotGbMonth} a GB and month for what has changed between them; how much that is
  only your own volumes tell.
- **Kafka.** Longer retention is paid for with the brokers' disks; \`msr doctor\` says how much they need.
- **The trail.** \`alerts.trail: create\` logs writing calls. The first trail of an account costs nothing; where there is
  one, say \`existing\`: a second costs $2 for 100,000 writing calls of the whole account.
- **\`imageArchitecture: x86_64\`** makes Fargate a quarter dearer.
- Lambda, EventBridge, SNS and SQS stay below a dollar a month together and are left out.`;

function total(deployment: Deployment): number {
  return monthlyCost(deployment).reduce((sum, line) => sum + line.dollars, 0);
}

function dollars(amount: number): string {
  return amount < 10 ? `$${amount.toFixed(2)}` : `$${Math.round(amount).toLocaleString('en-US')}`;
}
