import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Searched } from './secret-search.ts';

/** The keys of a bucket; the test's buckets hold fewer than a page. */
export async function listKeys(bucket: string): Promise<string[]> {
  const { Contents = [] } = await new S3Client().send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

/**
 * What people and programs may read of the vault as text: everything but the dumps,
 * which are the data itself.
 */
export async function readTexts(buckets: readonly string[]): Promise<Searched[]> {
  const client = new S3Client();
  const texts: Searched[] = [];
  for (const Bucket of new Set(buckets)) {
    for (const Key of (await listKeys(Bucket)).filter((key) => /\.(json|html|txt)$/.test(key))) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      texts.push({ place: `s3://${Bucket}/${Key}`, text: (await Body?.transformToString()) ?? '' });
    }
  }
  return texts;
}
