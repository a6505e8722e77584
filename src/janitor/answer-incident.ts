import { publishAlert } from '../clients/alert-topic.ts';
import { cleanUp, type JanitorDeps } from './clean-up.ts';
import { isWorthAPage } from './decisions.ts';
import type { Incident } from './incident.ts';
import { composePage, type JanitorReport, type PageContext } from './page.ts';

/** Whom to tell, and what stands in the page. */
export interface Pager extends Pick<PageContext, 'runbookUrl'> {
  /** ARN of the topic; undefined: there is nobody to tell. */
  readonly topic: string | undefined;
  /** The MSR instance's name. @default the sink's */
  readonly instance: string | undefined;
}

/** Puts in order what an operation left, and tells people where they should hear of it. @throws as cleanUp */
export async function answerIncident(
  deps: JanitorDeps,
  incident: Incident,
  { topic, instance = deps.settings.sinkConnector, runbookUrl }: Pager,
): Promise<JanitorReport> {
  const report = await cleanUp(deps, incident);
  if (topic !== undefined && isWorthAPage(incident, report)) {
    await publishAlert(topic, composePage(incident, report, { instance, runbookUrl, now: new Date() }));
  }
  return report;
}
