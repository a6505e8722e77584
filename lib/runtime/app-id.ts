/** The AWS SDK puts it into the user agent of every call: CloudTrail shows which of our parts has called. */
export const APP_ID_VARIABLE = 'AWS_SDK_UA_APP_ID';

/** @param part `janitor`: at most 50 characters, of letters, digits and hyphens, with the prefix */
export function appId(part: string): string {
  return `msr-${part}`;
}
