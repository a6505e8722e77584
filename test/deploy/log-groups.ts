import { z } from 'zod';
import type { Emulator } from '../aws/emulators.ts';
import { awsJson } from './aws-json.ts';
import type { Searched } from './secret-search.ts';

const groups = z.object({
  logGroups: z.array(z.object({ logGroupName: z.string() })),
  nextToken: z.string().nullish(),
});
const events = z.object({
  events: z.array(z.object({ message: z.string() })),
  nextToken: z.string().nullish(),
});

/** All that the Lambdas have written to their log groups. */
export async function readLogGroups(emulator: Emulator): Promise<Searched[]> {
  const { logGroups } = groups.parse(await awsJson(emulator, 'logs', 'Logs_20140328.DescribeLogGroups', {}));
  return await Promise.all(
    logGroups.map(async ({ logGroupName }) => ({
      place: `log group ${logGroupName}`,
      text: await readLogGroup(emulator, logGroupName),
    })),
  );
}

async function readLogGroup(emulator: Emulator, logGroupName: string): Promise<string> {
  const messages: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = events.parse(
      await awsJson(emulator, 'logs', 'Logs_20140328.FilterLogEvents', {
        logGroupName,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    );
    messages.push(...page.events.map(({ message }) => message));
    nextToken = page.nextToken ?? undefined;
  } while (nextToken !== undefined);
  return messages.join('\n');
}
