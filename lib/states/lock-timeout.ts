import { Duration } from 'aws-cdk-lib';
import { LEASE_MS } from '../../src/vault/lock-owner.ts';

/** Whoever takes the lock may have to watch its owner for a lease before it counts as dead. */
export const LOCK_TIMEOUT = Duration.millis(LEASE_MS).plus(Duration.minutes(2));
