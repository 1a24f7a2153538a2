/** Windows that can be promised on the phone with one tap. Moments are milliseconds. */
export interface Slot {
  start: number;
  end: number;
}
const HOUR = 3_600_000;
const TIMES = [["08:00", "10:00"], ["10:00", "12:00"], ["12:00", "14:00"], ["14:00", "16:00"], ["16:00", "18:00"], ["18:00", "20:00"]] as const;

/**
 * The window around the planned time first, then the day's two-hour windows that are not over, then the next day's mornings
 * and afternoons; at most `most`. `at` gives the moment of a local time of a day.
 */
export function slots(now: number, today: string, tomorrow: string, planned: number | null, at: (day: string, time: string) => number, most = 5): Slot[] {
  const found: Slot[] = [];
  const add = (start: number, end: number): void => {
    if (end - HOUR > now && !found.some((slot) => slot.start === start)) found.push({ start, end });
  };
  if (planned !== null) for (const [from, to] of TIMES) if (at(today, from) <= planned && planned < at(today, to)) add(at(today, from), at(today, to));
  for (const [from, to] of TIMES) add(at(today, from), at(today, to));
  for (const [from, to] of [TIMES[1], TIMES[3]]) add(at(tomorrow, from), at(tomorrow, to));
  return found.slice(0, most);
}
