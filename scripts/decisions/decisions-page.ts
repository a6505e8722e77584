import { readdirSync, readFileSync } from 'node:fs';
import { type Decision, readDecision } from './decision.ts';

const DIRECTORY = new URL('../../docs/adr/', import.meta.url);
const INDEX = 'README.md';

const INTRODUCTION = `# Decisions

Each decision that a newcomer would question, with what led to it and what follows from it. A decision is not
rewritten when another one replaces it: the new one gets a number of its own, and the old one says so in its status.

| status | meaning |
|---|---|
| Proposed | not yet carried out |
| Accepted | the code does it |
| Accepted; extended by NNNN | it holds, and NNNN says more |
| Superseded by NNNN | it no longer holds |

A new one is a copy of any of them: a title, \`Status\` and \`Date\`, then Context, Considered (where there were real
alternatives), Decision and Consequences. \`npm run docs:decisions\` writes this page; a test fails where it is out of
date, or where a decision lacks a part.
`;

/** Every file in docs/adr but the index. @throws Error as readDecision */
export function readDecisions(): Decision[] {
  return readdirSync(DIRECTORY)
    .filter((file) => file !== INDEX)
    .sort()
    .map((file) => readDecision(file, readFileSync(new URL(file, DIRECTORY), 'utf8')));
}

/** docs/adr/README.md as it has to be. */
export function decisionsPage(decisions: readonly Decision[]): string {
  const rows = decisions.map(
    ({ file, number, title, status, date }) => `| [${number}](${file}) | ${title} | ${status} | ${date} |`,
  );
  return [INTRODUCTION, '| number | decision | status | date |', '|---|---|---|---|', ...rows, ''].join('\n');
}
