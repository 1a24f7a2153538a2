import { metresBetween } from "./nextAct";
import type { Break } from "./day";

export interface Seen {
  point: [number, number];
  accuracy: number;
  /** The area's time, milliseconds. */
  at: number;
}

/** Whether positions may be looked at now: agreed to, in the shift, on the way to somebody, and in no break. */
export function mayWatch(now: { consent: boolean; shift: { start: string; end: string; breaks: Break[] } | null; at: number; pausing: boolean; driving: boolean }): boolean {
  const { shift } = now;
  return now.consent && now.driving && !now.pausing && shift !== null && Date.parse(shift.start) <= now.at && now.at < Date.parse(shift.end);
}

const VAGUE_METRES = 100;
const MOVED_METRES = 50;

/** Whether a position says something new: a phone that lies still wanders by as much as its positions are vague. */
export function worthKeeping(seen: Seen, last: Seen | null): boolean {
  if (seen.accuracy > VAGUE_METRES) return false;
  if (!last) return true;
  return metresBetween(seen.point, last.point) > Math.max(MOVED_METRES, 2 * (seen.accuracy + last.accuracy));
}
