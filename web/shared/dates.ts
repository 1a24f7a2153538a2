/** Calendar arithmetic that knows no language: days are `YYYY-MM-DD`, time zones have their IANA names. */

const formats = new Map<string, Intl.DateTimeFormat>();
/** Making a formatter takes longer than formatting with it. */
function format(zone: string, withTime: boolean): Intl.DateTimeFormat {
  const key = `${zone} ${withTime}`;
  let known = formats.get(key);
  if (!known) {
    const time = withTime ? ({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const) : {};
    known = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", ...time });
    formats.set(key, known);
  }
  return known;
}

/** How far a zone's clocks are ahead of UTC at a moment, in milliseconds. */
function offsetAt(zone: string, at: number): number {
  const parts = format(zone, true).formatToParts(new Date(at));
  const part = (type: string): string => parts.find((found) => found.type === type)?.value ?? "00";
  return Date.parse(`${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}:${part("second")}Z`) - at;
}

/**
 * The moment at which a local time of a zone is, daylight saving included.
 *
 * A time that the clocks skip is the moment as long after the change as it is after the hour that is missing.
 */
export function instantIn(zone: string, day: string, timeOfDay = "00:00"): Date {
  const wall = Date.parse(`${day}T${timeOfDay}:00Z`);
  const first = wall - offsetAt(zone, wall);
  return new Date(wall - offsetAt(zone, first));
}

/** The day of a moment in a zone. */
export function isoDayIn(zone: string, moment: Date): string {
  return format(zone, false).format(moment);
}

/** The day so many days later. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The same day of a month so many months later, or that month's last day. */
export function addMonths(day: string, months: number): string {
  const [year, month, number] = day.split("-").map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(number, last))).toISOString().slice(0, 10);
}

/** The days since Monday. */
export function weekdayOf(day: string): number {
  return (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;
}
