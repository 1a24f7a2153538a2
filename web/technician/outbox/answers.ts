/**
 * What an answer of the network means for what was sent. Only a refusal that our own program marked as its own may
 * stop an act; whatever a proxy, a portal or a dead line says means "later".
 */

/** Borne by every refusal in JSON that comes from our own program. */
export const MARK = "Grid-Dispatch-Answer";

export type Verdict =
  | { kind: "taken"; body: Record<string, unknown> }
  /** Try again later, after so many seconds where the server said so. */
  | { kind: "later"; after: number | null }
  /** Nobody is signed in any more. `wipe` where the phone was signed out from the console. */
  | { kind: "signed_out"; wipe: boolean }
  /** The token against forged requests is old: ask who is signed in, then again. */
  | { kind: "stale_token" }
  /** The whole request cannot be taken: sent in smaller parts, one act alone is refused. */
  | { kind: "refused"; code: string; detail: string };

/** Judge one answer; `text` is its body, `expected` the field that a good one has. */
export function judge(status: number, headers: Headers, text: string, expected: string): Verdict {
  const body = parsed(text);
  if (status >= 200 && status < 300) {
    return body && expected in body ? { kind: "taken", body } : { kind: "later", after: null };
  }
  const ours = body !== null && headers.get(MARK) === "problem";
  const code = typeof body?.["code"] === "string" ? body["code"] : "";
  if (status === 401) return { kind: "signed_out", wipe: ours && body?.["wipe"] === true };
  if (status === 403) return code.includes("csrf") ? { kind: "stale_token" } : { kind: "signed_out", wipe: false };
  if (status >= 400 && status < 500 && ours && code && ![408, 425, 429].includes(status)) {
    return { kind: "refused", code, detail: typeof body["detail"] === "string" ? body["detail"] : "" };
  }
  return { kind: "later", after: seconds(headers.get("Retry-After")) };
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** `Retry-After` in seconds, as a number or as a date; at most an hour, whatever it says. */
export function seconds(value: string | null, now: number = Date.now()): number | null {
  if (!value) return null;
  const number = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - now) / 1000;
  return Number.isFinite(number) ? Math.min(Math.max(number, 0), 3600) : null;
}

const BASE = 2;
const CAP = 300;

/** Seconds to wait before the next try: anything up to a length that doubles, so that phones do not come together. */
export function pause(failures: number, after: number | null, random: () => number = Math.random): number {
  const most = Math.min(CAP, BASE * 2 ** Math.min(failures, 10));
  return after === null ? random() * most : after + random() * Math.min(most, 10);
}
