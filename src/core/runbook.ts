/**
 * How a page names its heading of docs/runbook.md: as a link where the stage's configuration says where that
 * can be read; otherwise in words, since a path within a repository opens nothing on a telephone.
 * @param url what the operator has given as `setting`
 */
export function runbookReference(
  url: string | undefined,
  heading: string,
  setting = 'alerts.runbookUrl',
): string {
  if (url !== undefined) return `Runbook: ${url}#${heading}`;
  return `Runbook: the heading ${heading} of docs/runbook.md in the repository of MSR Recovery (${setting} makes this a link).`;
}
