import type { Account } from '../account.ts';
import type { AccessRequest } from '../simulate.ts';
import { lambdaRequests } from './lambda.ts';
import { logRequests } from './logs.ts';
import { notificationRequests } from './notifications.ts';
import { replicationRequests } from './replication.ts';
import { scheduleRequests } from './schedules.ts';
import { stateMachineRequests } from './state-machines.ts';
import { taskRequests } from './tasks.ts';
import { trailRequests } from './trails.ts';

/**
 * What AWS's services do by themselves for what is deployed, told from the templates alone: no emulator
 * checks any of it. Each service is asked for what its documentation says it needs.
 */
export function serviceRequests(account: Account): AccessRequest[] {
  return [
    ...lambdaRequests(account),
    ...taskRequests(account),
    ...stateMachineRequests(account),
    ...scheduleRequests(account),
    ...notificationRequests(account),
    ...logRequests(account),
    ...replicationRequests(account),
    ...trailRequests(account),
  ];
}
