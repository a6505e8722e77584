import { z } from 'zod';
import { isTimeZone } from '../../src/core/time-zone.ts';

/** Gives a schema its documentation: a field without it has no place in the reference. */
export function field<T extends z.ZodType>(schema: T, description: string, example?: unknown): T {
  return schema.meta({ description, ...(example === undefined ? {} : { examples: [example] }) });
}

/** Lower-case, starts with a letter: it becomes part of names of buckets, stacks and alarms. */
export const nameField = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'expected lower-case letters, digits and single hyphens');

export const regionField = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected the name of an AWS region');
export const accountField = z.string().regex(/^\d{12}$/, 'expected the 12 digits of an AWS account, as text');

/** @param service as in `arn:aws:<service>:` @param resource what the resource part begins with */
export const arnField = (service: string, resource = '') =>
  z
    .string()
    .regex(
      new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]*:\\d{0,12}:${resource}.+$`),
      `expected an ARN of the form arn:aws:${service}:…:${resource}…`,
    );

/** @param prefix `vpc`, `subnet`, `rtb`, … */
export const resourceIdField = (prefix: string) =>
  z
    .string()
    .regex(
      new RegExp(`^${prefix}-[0-9a-f]{8,17}$`),
      `expected an id of the form ${prefix}-0123456789abcdef0`,
    );

export const cidrField = z.cidrv4('expected an IPv4 range, as 10.40.0.0/20');
export const zoneField = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'expected the name of an availability zone');
export const clockField = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time of day, HH:MM');

/** A page that headings can be named on: `<page>#<heading>`. */
export const pageField = z
  .url({ protocol: /^https?$/, error: 'expected the URL of a page, https://…' })
  .refine((url) => !url.includes('#'), { error: 'expected no #: the heading is appended' });

export const timeZoneField = z
  .string()
  .refine(isTimeZone, { error: 'expected the name of a time zone, as Europe/Berlin' });

/** A list in which nothing stands twice. */
export const listOf = <T extends z.ZodType>(item: T, min: number) =>
  z
    .array(item)
    .min(min)
    .refine((items) => new Set(items).size === items.length, { error: 'one entry stands twice' });
