/** By the resource's id. */
export type Tags = Record<string, Record<string, string>>;

/**
 * The tags of the resources that a call to EC2 names, asked before the call is made: it may delete them. A
 * description needs none.
 */
export async function tagsOf(
  emulator: string,
  region: string,
  operation: string,
  about: Readonly<Record<string, string>>,
): Promise<Tags> {
  if (operation.startsWith('Describe')) return {};
  const ids = Object.values(about).filter((value) => /^(snap|vol|i)-[0-9a-f]+$/.test(value));
  if (ids.length === 0) return {};
  const where = about['SourceRegion'] ?? region;
  const filters = ids.map((id, index): [string, string] => [`Filter.1.Value.${index + 1}`, id]);
  const form = new URLSearchParams([
    ['Action', 'DescribeTags'],
    ['Version', '2016-11-15'],
    ['Filter.1.Name', 'resource-id'],
    ...filters,
  ]);
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${where}/ec2/aws4_request, SignedHeaders=host, Signature=0`;
  const answer = await fetch(emulator, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  return tagsIn(await answer.text());
}

/** EC2 answers in XML, an `<item>` for each tag. */
function tagsIn(xml: string): Tags {
  const tags: Tags = {};
  for (const [, item = ''] of xml.matchAll(/<item>(.*?)<\/item>/gs)) {
    const field = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(item)?.[1];
    const [id, key, value = ''] = [field('resourceId'), field('key'), field('value')];
    if (id === undefined || key === undefined) continue;
    tags[id] = { ...tags[id], [key]: value };
  }
  return tags;
}
