import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ObjectLockConfiguration,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { EmulatorAssembly } from './emulator-assembly.ts';

const bucket = z.object({
  Type: z.literal('AWS::S3::Bucket'),
  Properties: z.object({
    BucketName: z.string(),
    ObjectLockConfiguration: z.object({
      Rule: z.object({
        DefaultRetention: z.object({ Mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), Days: z.number() }),
      }),
    }),
  }),
});

/**
 * ministack's CloudFormation drops a bucket's Object Lock without a word: the templates' own configuration is
 * set by the API, as CloudFormation would.
 * @returns the names of the buckets
 */
export async function setObjectLock({ directory, stacks }: EmulatorAssembly): Promise<string[]> {
  const client = new S3Client();
  const names: string[] = [];
  for (const stack of stacks) {
    for (const { Properties } of lockedBuckets(join(directory, `${stack}.template.json`))) {
      const { BucketName: Bucket, ObjectLockConfiguration: found } = Properties;
      const configuration: ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule: found.Rule };
      await client.send(
        new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: configuration }),
      );
      names.push(Bucket);
    }
  }
  return names;
}

function lockedBuckets(template: string): Array<z.infer<typeof bucket>> {
  const { Resources } = JSON.parse(readFileSync(template, 'utf8'));
  return Object.values(Resources).flatMap((resource) => {
    const parsed = bucket.safeParse(resource);
    return parsed.success ? [parsed.data] : [];
  });
}
