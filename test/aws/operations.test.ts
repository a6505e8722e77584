import { expect, it } from 'vitest';
import { operationOf } from './operations.ts';

const signed = (service: string, more: Readonly<Record<string, string>> = {}) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20261127/eu-west-1/${service}/aws4_request, SignedHeaders=host`,
  'user-agent': 'aws-sdk-js/3.1168.0 ua/2.1 lang/js api/x#3.1168.0 m/N,E app/msr-task',
  ...more,
});

it.each<[string, string, string, string, object]>([
  ['s3', 'PUT', '/vault/bed/dump?x-id=PutObject', 'PutObject', { Key: 'bed/dump' }],
  ['s3', 'PUT', '/vault/bed/dump?partNumber=1&uploadId=u&x-id=UploadPart', 'UploadPart', { Key: 'bed/dump' }],
  ['s3', 'PUT', '/vault/bed/dump?retention=', 'PutObjectRetention', { Key: 'bed/dump' }],
  ['s3', 'GET', '/vault/?list-type=2&prefix=bed%2F', 'ListObjectsV2', {}],
  ['s3', 'GET', '/vault?list-type=2', 'ListObjectsV2', {}],
  ['s3', 'POST', '/vault/?delete=', 'DeleteObjects', {}],
  ['s3', 'POST', '/vault/bed/dump?uploads=', 'CreateMultipartUpload', { Key: 'bed/dump' }],
  ['s3', 'POST', '/vault/bed/dump?uploadId=u', 'CompleteMultipartUpload', { Key: 'bed/dump' }],
  ['s3', 'HEAD', '/vault/bed/a%20b', 'HeadObject', { Key: 'bed/a b' }],
  ['scheduler', 'DELETE', '/schedules/n?groupName=g', 'DeleteSchedule', { Name: 'n' }],
  ['scheduler', 'PUT', '/schedules/n', 'UpdateSchedule', { Name: 'n' }],
])('tells %s %s %s by the models of the SDK', (service, method, url, operation, path) => {
  const found = operationOf({ method, url, headers: signed(service), body: '' });
  expect(found).toMatchObject({ service, operation, path, region: 'eu-west-1', app: 'msr-task' });
});

it('takes the name that a request of JSON or a form has', () => {
  const target = signed('states', { 'x-amz-target': 'AWSStepFunctions.SendTaskSuccess' });
  const json = operationOf({ method: 'POST', url: '/', headers: target, body: '{}' });
  const body = 'Action=CopySnapshot&SourceRegion=eu-west-1';
  const form = operationOf({ method: 'POST', url: '/', headers: signed('ec2'), body });
  expect([json?.operation, form?.operation]).toEqual(['SendTaskSuccess', 'CopySnapshot']);
});

it('leaves alone what is not signed', () => {
  expect(operationOf({ method: 'GET', url: '/', headers: {}, body: '' })).toBeUndefined();
});
