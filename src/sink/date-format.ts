/**
 * The SimpleDateFormat patterns that we read: fixed fields in UTC, which is the zone that TimestampConverter sets.
 * SimpleDateFormat is lenient (32 January is 1 February, text after the end is ignored); values that need its
 * leniency are refused rather than guessed.
 */
const FORMATS: Readonly<Record<string, RegExp>> = {
  'yyyy-MM-dd': /^(\d{4})-(\d\d)-(\d\d)$/,
  'yyyy-MM-dd HH:mm:ss': /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/,
  'yyyy-MM-dd HH:mm:ss.SSS': /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3})$/,
  "yyyy-MM-dd'T'HH:mm:ss": /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/,
  "yyyy-MM-dd'T'HH:mm:ss.SSS": /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})$/,
  "yyyy-MM-dd'T'HH:mm:ss'Z'": /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/,
  "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'": /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z$/,
};

/** Whether parseDate can read it. */
export function isKnownDateFormat(format: string): boolean {
  return format in FORMATS;
}

/** @returns milliseconds since the epoch; undefined where the text is not exactly of that format */
export function parseDate(text: string, format: string): number | undefined {
  const match = FORMATS[format]?.exec(text);
  if (match === null || match === undefined) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, millis = 0] = match
    .slice(1)
    .map(Number);
  const parsed = new Date(Date.UTC(year, month - 1, day, hour, minute, second, millis));
  const exact =
    parsed.getUTCMonth() === month - 1 &&
    parsed.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  return exact && year >= 1583 ? parsed.getTime() : undefined;
}
