import { expect, it } from 'vitest';
import { tagsIn } from './tags.ts';

it('reads the tags of each resource from what EC2 answers', () => {
  const tag = (id: string, key: string, value: string) =>
    `<item><resourceId>${id}</resourceId><resourceType>snapshot</resourceType><key>${key}</key>${value}</item>`;
  const xml = `<DescribeTagsResponse><tagSet>${tag('snap-1', 'msr-instance', '<value>prod/a</value>')}
    ${tag('snap-1', 'msr-backup', '<value>1</value>')}${tag('snap-2', 'empty', '')}</tagSet></DescribeTagsResponse>`;
  expect(tagsIn(xml)).toEqual({
    'snap-1': { 'msr-instance': 'prod/a', 'msr-backup': '1' },
    'snap-2': { empty: '' },
  });
});
