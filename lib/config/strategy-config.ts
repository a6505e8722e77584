import { z } from 'zod';
import { field } from './fields.ts';
import { optionsIssues } from './strategy-options.ts';

/**
 * The options belong to the strategy: what is read at run time is checked at synth by
 * the strategy's own schema.
 */
const options = z.record(z.string(), z.json());

const strategy = <N extends string>(name: N, description: string) =>
  z.strictObject({ name: z.literal(name), options: options.prefault({}) }).meta({ description });

export const strategySchema = field(
  z
    .discriminatedUnion('name', [
      strategy('dump', 'pg_dump, streamed into the vault. Works with every server.'),
      strategy('ebs', "Snapshots of all of the database instance's EBS volumes at one instant."),
      strategy('kubernetes', "A CSI VolumeSnapshot, or a Velero backup, of the database's volume."),
      strategy('timescale-cloud', "The service's own backups, pinned to the cut."),
      strategy('hybrid', 'Volumes and dump around one cut: the recommendation for production.'),
    ])
    .superRefine(({ name, options }, ctx) => {
      for (const { path, message } of optionsIssues(name, options)) {
        ctx.addIssue({ code: 'custom', path: ['options', ...path], message });
      }
    }),
  'How the baseline is taken.',
);

export type StrategyConfig = z.infer<typeof strategySchema>;
