/** What the index tells of a decision: docs/adr/<number>-<words>.md. */
export interface Decision {
  readonly file: string;
  /** `0007` */
  readonly number: string;
  readonly title: string;
  /** `Accepted`, `Accepted; extended by 0009`, `Superseded by 0021` */
  readonly status: string;
  /** The day it was recorded, `2026-11-23`. */
  readonly date: string;
  /** The numbers that the status names. */
  readonly later: readonly string[];
  readonly text: string;
}

const FILE = /^(\d{4})(-[a-z0-9]+)+\.md$/;
const HEAD = /^# (\d{4}): (.+)\n\n- Status: (.+)\n- Date: (\d{4}-\d{2}-\d{2})\n\n/;
const STATUS = /^(Proposed|Superseded by \d{4}|Accepted(; extended by \d{4}((, \d{4})* and \d{4})?)?)$/;
/** `Considered` may be left out. */
const HEADINGS = /^Context,(Considered,)?Decision,Consequences$/;
/** The formatter's width for code. */
const WIDTH = 110;

/**
 * Reads one decision.
 * @param file its name, without the folder
 * @throws Error naming the file and what every decision must have
 */
export function readDecision(file: string, text: string): Decision {
  const refuse = (what: string): never => {
    throw new Error(`docs/adr/${file}: ${what}`);
  };
  const [, ofFile = refuse('expected the name <four digits>-<kebab-case>.md')] = FILE.exec(file) ?? [];
  const [, number, title = '', status = '', date = ''] =
    HEAD.exec(text) ?? refuse('expected "# NNNN: title", then "- Status: …" and "- Date: YYYY-MM-DD"');
  if (number !== ofFile) refuse(`its title has the number ${number}`);
  if (!STATUS.test(status)) refuse(`the status "${status}" is none of docs/adr/README.md`);
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading).join(',');
  if (!HEADINGS.test(headings)) refuse(`its headings are ${headings}`);
  // A row of a table cannot be broken.
  const wide = text.split('\n').find((line) => line.length > WIDTH && !line.startsWith('|'));
  if (wide !== undefined) refuse(`a line is longer than ${WIDTH} columns: ${wide}`);
  return { file, number: ofFile, title, status, date, later: status.match(/\d{4}/g) ?? [], text };
}

/**
 * What is wrong between decisions: a number that stands twice, or a later decision that is not there. One
 * that does not name the earlier one is wrong, too: a reader of either would miss the other. Pure.
 */
export function disagreements(decisions: readonly Decision[]): string[] {
  const byNumber = new Map(decisions.map((decision) => [decision.number, decision]));
  const doubled = decisions.filter((decision) => byNumber.get(decision.number) !== decision);
  const unanswered = decisions.flatMap(({ number, later }) =>
    later
      .filter((other) => byNumber.get(other)?.text.includes(number) !== true)
      .map((other) => `${number} is changed by ${other}, which is not there or does not name it`),
  );
  return [...doubled.map(({ number }) => `${number} stands twice`), ...unanswered];
}
