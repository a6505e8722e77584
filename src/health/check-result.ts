import { z } from 'zod';
import { CHECK_NAMES } from './checks.ts';

/**
 * ok, warning, failed: looked at; a warning is a ticket at the most · unknown: it should have been looked
 * at, and could not be, or it never was · not checked: there is nothing to look at here, for the reason
 * that the evidence tells.
 */
const CHECK_STATUSES = ['ok', 'warning', 'failed', 'unknown', 'not checked'] as const;

export const checkResultSchema = z.object({
  check: z.enum(CHECK_NAMES),
  status: z.enum(CHECK_STATUSES),
  /** Who is to be told now. A failure that must be seen twice has `none` the first time. */
  severity: z.enum(['none', 'ticket', 'page']),
  /** In `unit`; null where nothing was measured. */
  value: z.number().nullable(),
  unit: z.enum(['hours', 'seconds', 'messages', 'percent', 'count']).nullable(),
  /** The bound that the value is judged by; null where there is none. */
  threshold: z.number().nullable(),
  /** ISO 8601: since when the status is this one, as far as the runs have seen. */
  since: z.string(),
  /** Plain sentences with their values, the first one for a page's subject; no secret. */
  evidence: z.array(z.string()).min(1),
  /** The remedy; null where nothing is to be done. */
  hint: z.string().nullable(),
  /** Ready to run: SQL with its semicolon, or lines for a shell. */
  commands: z.array(z.string()).default([]),
  /** The check whose failure in this same run explains this one. */
  silencedBy: z.enum(CHECK_NAMES).nullable(),
});

/** What one check found in one run. */
export type CheckResult = z.infer<typeof checkResultSchema>;
