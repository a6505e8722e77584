import { expect, it } from 'vitest';
import { commandsIn } from './sdk-commands.ts';

it('finds commands and what paginators call, and no types', () => {
  const source = `
import { GetObjectCommand, type PutObjectCommandInput, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import {
  SFNClient,
  SendTaskSuccessCommand,
} from '@aws-sdk/client-sfn';
import { runCommand } from './run-command.ts';`;
  expect(commandsIn(source)).toEqual([
    { service: 's3', operation: 'GetObject' },
    { service: 's3', operation: 'ListObjectsV2' },
    { service: 'states', operation: 'SendTaskSuccess' },
  ]);
});
