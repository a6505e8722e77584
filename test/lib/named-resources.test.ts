import { expect, it } from 'vitest';
import { stage } from './stage.ts';

/** The property that holds the name that we give; all others are named by CloudFormation. */
const NAME: Readonly<Record<string, string>> = {
  'AWS::CloudTrail::Trail': 'TrailName',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::CompositeAlarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::Scheduler::ScheduleGroup': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
};

/**
 * As they were first deployed. Under another logical id CloudFormation makes such a resource anew before it
 * deletes the old one, and the name is taken: the deployment of the version fails, or schedules and alarms
 * are lost on the way.
 */
const DEPLOYED = [
  'Observability msr-prod-az-a DashboardazaDashboard81492B3B',
  'Observability msr-prod-az-a-backup-failed AlarmsmsrprodazabackupfailedB9107AAC',
  'Observability msr-prod-az-a-backup-missing Alarmsmsrprodazabackupmissing8F7406F3',
  'Observability msr-prod-az-a-dead-letters Alarmsmsrprodazadeadletters72EBF6C1',
  'Observability msr-prod-az-a-doctor-not-healthy Alarmsmsrprodazadoctornothealthy334817AB',
  'Observability msr-prod-az-a-recovery-failed AlarmsmsrprodazarecoveryfailedA7165529',
  'Observability msr-prod-az-a-verification-missing Alarmsmsrprodazaverificationmissing1D9B5579',
  'Observability msr-prod-key-endangered KeyWatchRuleA02CC8A0',
  'Observability msr-prod-undelivered-alerts Alarmsmsrprodundeliveredalerts60BEA44C',
  'Observability msr-prod-undelivered-key-events AlarmsmsrprodundeliveredkeyeventsA3B99F36',
  'Pipelines msr-prod-az-a-backup azaBackupSchedule1BB67C64',
  'Pipelines msr-prod-az-a-backup azaBackupStateMachineCC46359C',
  'Pipelines msr-prod-az-a-doctor azaHousekeepingdoctorScheduleBA7B645D',
  'Pipelines msr-prod-az-a-guardians azaJanitorGuardiansGroupB08F6C45',
  'Pipelines msr-prod-az-a-drill azaDrillScheduleB5CB18E8',
  'Pipelines msr-prod-az-a-drill azaDrillStateMachineB4AD371F',
  'Pipelines msr-prod-az-a-health azaHousekeepinghealthScheduleBD8377E1',
  'Pipelines msr-prod-az-a-recovery azaRecoveryStateMachine1DFA9BA8',
  'Pipelines msr-prod-az-a-retention azaHousekeepingretentionSchedule4C1BBAD8',
  'Pipelines msr-prod-az-a-verification azaVerificationScheduleCB3D52D0',
  'Pipelines msr-prod-az-a-verification azaVerificationStateMachine2AD2450A',
  'Pipelines msr/prod/az-a azaSecret016741FF',
  'Replica alias/msr-prod-copy KeyAlias910D852D',
  'Replica msr-prod-copy-111122223333-eu-west-1 Copy1ED8A51E',
  'Replica msr-prod-copy-keys KeyEventsTopic8F6322D7',
  'Replica msr-prod-key-endangered KeyWatchRuleA02CC8A0',
  'Stateful alias/msr-prod-operations OperationsKeyAlias401EEA42',
  'Stateful alias/msr-prod-vault VaultKeyAlias45F154F8',
  'Stateful msr-prod-copy-eu-central-1 VaultReplicationRoleF6150E33',
  'Stateful msr-prod-docs-111122223333-eu-central-1 VaultDocuments22BD89FC',
  'Stateful msr-prod-keys KeyEventsTopic8F6322D7',
  'Stateful msr-prod-keys Trail022F0CF2',
  'Stateful msr-prod-logs-111122223333-eu-central-1 VaultAccessLogsC5E11DDC',
  'Stateful msr-prod-mail AlertsmailC2651F35',
  'Stateful msr-prod-page AlertspageB69D2705',
  'Stateful msr-prod-ticket Alertsticket638E93BE',
  'Stateful msr-prod-vault-111122223333-eu-central-1 VaultArtifacts173972A8',
];

it('gives what bears a name of ours the same logical id in every version', () => {
  const named = Object.entries(stage().templates).flatMap(([stack, { Resources }]) =>
    Object.entries(Resources).flatMap(([id, { Type, Properties = {} }]) => {
      const name = Properties[NAME[Type] ?? ''];
      return typeof name === 'string' ? [`${stack} ${name} ${id}`] : [];
    }),
  );
  // Dozens, whose ids hold their whole names.
  const health = named.filter((each) => each.startsWith('Observability msr-prod-az-a-health-'));
  expect(named.filter((each) => !health.includes(each)).sort()).toEqual([...DEPLOYED].sort());
  for (const each of health) {
    const [, name = '', id = ''] = each.split(' ');
    expect(id.slice(0, -8)).toBe(`Alarms${name.replaceAll('-', '')}`);
  }
});

it('knows every kind that gets a name', () => {
  const names = Object.values(stage().templates).flatMap(({ Resources }) =>
    Object.values(Resources).flatMap(({ Type, Properties = {} }) =>
      Object.entries(Properties).flatMap(([property, value]) =>
        /^(\w*Name)$/.test(property) && String(value).startsWith('msr') ? [`${Type} ${property}`] : [],
      ),
    ),
  );
  const known = Object.entries(NAME).map(([type, property]) => `${type} ${property}`);
  expect([...new Set(names)].filter((each) => !known.includes(each))).toEqual([]);
});
