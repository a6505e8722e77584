import Table from 'cli-table3';
import type { DrillReport } from './report.ts';

const PLAIN = { head: [], border: [], compact: true };

/** What a person reads at the end of a drill. */
export function renderSummary(report: DrillReport, path: string, totalSeconds: number): string {
  return [
    '',
    `MSR Recovery drill: ${report.disaster}, TimescaleDB ${report.timescaledb} (${report.edition} edition), seed ${report.seed}`,
    ...editionLines(report),
    stepTable(report),
    ...phaseTable(report),
    ...(report.lostWithKafka === 0
      ? []
      : [`  lost with Kafka    ${thousands(report.lostWithKafka)}, predicted before the disaster`]),
    ...pauseLines(report),
    `  produced           ${thousands(report.produced)} acknowledged events`,
    `  dropped by range   ${thousands(report.predictedLost)}, predicted before the disaster`,
    ...(report.predictedLeftOut === 0
      ? []
      : [`  left out           ${thousands(report.predictedLeftOut)}, all of them set aside`]),
    `  lost               ${report.lost}`,
    `  doubled            ${report.doubled}`,
    `  recovery says      ${report.recoveryVerdict}`,
    '',
    report.verdict === 'passed'
      ? `PASSED: ${report.lostWithKafka === 0 ? '0 lost' : 'what was predicted is lost, nothing else'}, 0 doubled`
      : `FAILED: ${report.failures.join('; ')}`,
    `${path}, ${totalSeconds.toFixed(0)} s in all`,
  ].join('\n');
}

function editionLines({ notRunInThisEdition }: DrillReport): string[] {
  if (notRunInThisEdition.length === 0) return [];
  return ['not run in this edition:', ...notRunInThisEdition.map((line) => `  - ${line}`)];
}

function stepTable({ steps }: DrillReport): string {
  const table = new Table({ head: ['step', 'seconds'], colAligns: ['left', 'right'], style: PLAIN });
  for (const { name, seconds } of steps) table.push([name, seconds.toFixed(2)]);
  return table.toString();
}

function pauseLines({ pauses }: DrillReport): string[] {
  if (pauses === null) return [];
  const { backupSeconds, recoverySeconds } = pauses;
  return [
    `  sink stood still   ${backupSeconds.toFixed(2)} s for the backup, ${recoverySeconds.toFixed(2)} s for the recovery (polled every 25 ms)`,
  ];
}

function phaseTable({ phases }: DrillReport): string[] {
  if (phases.length === 0) return [];
  const table = new Table({
    head: ['events acknowledged during', 'events'],
    colAligns: ['left', 'right'],
    style: PLAIN,
  });
  for (const { name, acknowledged } of phases) table.push([name, thousands(acknowledged)]);
  return [table.toString()];
}

function thousands(count: number): string {
  return count.toLocaleString('en-US');
}
