import { named, number, percent } from "../shared/i18n.svelte";
import { report } from "./report.svelte";
import { t, word } from "./words";

/** The rule of an indicator in this month. */
export const kindOf = (code: string) => report.answer?.indicators.find((one) => one.code === code);

/** The name of an indicator, or of the score. */
export const nameOf = (code: string): string => (code === "score" ? t("room_score") : named(kindOf(code) ?? { en: code, zh: code }));

/** Whether an indicator is stated per so many subscribers, not as a share. */
export const isPer = (code: string): boolean => (kindOf(code)?.per ?? 1) > 1;

/** Whether a kind of subject has numbers of a measure: complaints are counted by grid alone, hours of people. */
export const counts = (code: string, subject: string): boolean => (kindOf(code)?.subjects as string[] | undefined)?.includes(subject) ?? true;

/** What a measure should be, with its direction: `≥ 95%`; “–” without a target. */
export function targetOf(code: string): string {
  const kind = kindOf(code);
  return kind && kind.target !== null ? `${kind.atMost ? "≤" : "≥"}\u00a0${say(code, kind.target)}` : "–";
}

/** A value of an indicator as people read it; no cases are “–”, never 0 %. */
export function say(code: string, value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return code === "score" || isPer(code) ? number(value, 1) : percent(value);
}

/** Seconds as hours. */
export const hours = (seconds: number): string => number(seconds / 3600, 1);

/** The rule of a line of a score: an indicator's name, or the words of a deduction. */
export const ruleOf = (code: string, word: (code: string) => string): string => (kindOf(code) ? nameOf(code) : word(code));

/** A rank before and after; “–” where there is none in both. */
export const places = (before: number | null, after: number | null): string => (before === null && after === null ? "–" : `${before ?? "–"} → ${after ?? "–"}`);

/** The rules that a decision stands on: `policy 3` in the reader's words. */
export const policyOf = (version: string): string => t("policy_number", { number: version.replace("policy ", "") });

/** The name of a number that is watched: an indicator, or one of the days. */
export const watchedName = (code: string): string => (code === "backlog" || code === "late_share" ? word("day_measure", code) : nameOf(code));

/** What became of a mail. One that no way out took was not sent, and that is why; one that was refused is of an account or scope that was stopped. */
export function mailed(status: string, reason: string | null | undefined): string {
  if (!reason) return word("delivery", status);
  const state = word("delivery", status === "failed" && reason === "no_channel" ? "dropped" : status);
  if (status === "refused") return t("delivery_because", { state, why: word("stopped", reason) });
  const [, server, code] = /^(smtp|http)_(\d+)$/.exec(reason) ?? [];
  return t("delivery_because", { state, why: server && code ? word("delivery_why", server, { code }) : word("delivery_why", reason) });
}

/** Whether it is a share, which people write in percent. */
export const watchedShare = (code: string): boolean => code !== "backlog" && !isPer(code);

/** A value of it. */
export const watchedValue = (code: string, value: number): string => (watchedShare(code) ? percent(value) : number(value, code === "backlog" ? 0 : 1));
