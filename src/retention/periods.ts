// Making one takes longer than using it a hundred times.
const formats = new Map<string, Intl.DateTimeFormat>();

/** `2026-11-23` of a time in a zone. @param takenAt ISO 8601 */
export function dayOf(takenAt: string, timeZone: string): string {
  // The Canadian format is ISO's.
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  formats.set(timeZone, format);
  return format.format(new Date(takenAt));
}

/** `2026-11`. */
export function monthOf(takenAt: string, timeZone: string): string {
  return dayOf(takenAt, timeZone).slice(0, 7);
}

/** `2026-W48`: ISO 8601's weeks, which begin on Monday and belong to the year of their Thursday. */
export function weekOf(takenAt: string, timeZone: string): string {
  const thursday = new Date(`${dayOf(takenAt, timeZone)}T00:00:00Z`);
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const firstDay = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.ceil(((thursday.getTime() - firstDay) / 86_400_000 + 1) / 7);
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}
