import type { StoredAct } from "../store/rows";

/** Beyond so many seconds the phone corrects its times itself: its date is wrong, and the server would refuse to guess. */
const TOO_FAR = 12 * 3600;
/** Times that differ by less were measured by the same clock. */
const SAME = 60;
/** The person is told of a clock that is more wrong than this. */
export const WORTH_SAYING = 300;

export interface Said {
  rows: StoredAct[];
  /** When each of the rows happened, as it is said to the server. */
  occurredAt: string[];
  phoneTime: string;
}

/**
 * How a batch tells its times. A sync says what the phone's clock shows, and the server takes the difference off; acts of
 * an hour when the clock was otherwise go apart, with what the clock would show now. `measured` is how far it is ahead.
 */
export function say(batch: StoredAct[], now: number, measured: number | null): Said {
  const frameOf = (row: StoredAct): number => {
    const skew = row.skew ?? measured ?? 0;
    return Math.abs(skew) > TOO_FAR ? 0 : skew;
  };
  const frame = batch[0] ? frameOf(batch[0]) : 0;
  const rows = batch.filter((row) => Math.abs(frameOf(row) - frame) < SAME);
  return { rows, occurredAt: rows.map((row) => row.saidAt ?? told(row, measured)), phoneTime: iso(now + (frame - (measured ?? 0)) * 1000) };
}

function told(row: StoredAct, measured: number | null): string {
  const skew = row.skew ?? measured ?? 0;
  return Math.abs(skew) > TOO_FAR ? iso(Date.parse(row.at) - skew * 1000) : row.at;
}

const iso = (moment: number): string => new Date(moment).toISOString();

/** Seconds that this clock is ahead of the server's, from when a request left, when its answer came, and what it says. */
export function skew(left: number, came: number, serverNow: string): number | null {
  const there = Date.parse(serverNow);
  return Number.isFinite(there) ? Math.round(((left + came) / 2 - there) / 1000) : null;
}
