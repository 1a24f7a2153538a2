import type { Schemas } from "../shared/client";

type Known = keyof Schemas["Limits"];
type Bounds = readonly [number, number];
/** The limits that a month is scored, ranked and decided by, with the least and most they may be; a deduction that is missing here is no type. */
export const LIMITS = {
  deductMissedWindow: [0, 30], deductLate: [0, 30], deductDissatisfied: [0, 30], deductAttitude: [0, 30], deductComplaint: [0, 30], deductHotline: [0, 30],
  mostDeducted: [0, 100], mostBonus: [0, 100], shrinkageCases: [0, 1000], leastOrders: [0, 1000], leastSubscribers: [0, 1_000_000],
  starPercent: [1, 50], rectificationPercent: [1, 50], proposalsLeastRanked: [1, 1000], honourLeastAnswers: [1, 1000], retrainingCards: [1, 12],
} as const satisfies Record<Extract<Known, `deduct${string}`>, Bounds> & Partial<Record<Known, Bounds>>;
/** What each order is judged by, as it was at its own moment: these are not the month's, so nobody can try others on it. */
const PROMISES = [
  "acceptReassignSeconds", "contactSeconds", "contactUrgentSeconds", "onSiteUrgentSeconds", "onSiteUrgentRuralSeconds", "callbackSeconds",
  "repairSeconds", "reworkSeconds", "installSeconds", "moveSeconds", "reconnectSeconds", "inspectSeconds", "leadSeconds",
  "repairRuns", "installRuns", "moveRuns", "reconnectRuns", "inspectRuns", "leadRuns", "nightStarts", "nightEnds", "tiersWithoutNight", "repeatDays",
] as const satisfies readonly Known[];
export type Limit = keyof typeof LIMITS;
export type Draft = { code: string; weight: string; target: string; baseline: string };
type Rule = { code: string; weight: number; target: number | null; baseline: number | null };
type Change = { code: string; weight: number | null; target: number | null; baseline: number | null };

/** A rate as people write it and back: percent where `scale` is 100, or so many per 10 000. */
export const written = (value: number | null, scale: number): string => (value === null ? "" : String(Math.round(value * scale * 1000) / 1000));
export function read(text: string, scale: number): number | null {
  const value = Number(text);
  return text.trim() === "" || !Number.isFinite(value) ? null : value / scale;
}

export const draftOf = (rule: Rule, scale: number): Draft => ({ code: rule.code, weight: String(rule.weight), target: written(rule.target, scale), baseline: written(rule.baseline, scale) });

/** What differs from the rules in force; null leaves a number as it is. */
export function changesOf<Kind extends Rule>(rules: readonly Kind[], drafts: readonly Draft[], scaleOf: (rule: Kind) => number): Change[] {
  const found: Change[] = [];
  for (const rule of rules) {
    const draft = drafts.find((one) => one.code === rule.code);
    if (!draft) continue;
    const scale = scaleOf(rule);
    const before = draftOf(rule, scale);
    const change: Change = {
      code: rule.code,
      weight: draft.weight === before.weight ? null : read(draft.weight, 1),
      target: draft.target === before.target ? null : read(draft.target, scale),
      baseline: draft.baseline === before.baseline ? null : read(draft.baseline, scale),
    };
    if (change.weight !== null || change.target !== null || change.baseline !== null) found.push(change);
  }
  return found;
}

/** The first day of the month after one. */
export function dayAfter(month: string): string {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 10);
}

/** The policy that counts at a moment: the one that began last before it; the oldest where all began later. */
export function inForceAt<One extends { validFrom: string }>(policies: readonly One[], at: number): One | undefined {
  const sorted = [...policies].sort((one, other) => Date.parse(one.validFrom) - Date.parse(other.validFrom));
  return sorted.filter((one) => Date.parse(one.validFrom) <= at).at(-1) ?? sorted[0];
}

/** The limits of the assessment that differ in another policy, as it has them. */
export function limitsThat(mine: Record<string, unknown>, other: Record<string, unknown>): Record<string, number> {
  const names = (Object.keys(LIMITS) as Limit[]).filter((name) => typeof other[name] === "number" && other[name] !== mine[name]);
  return Object.fromEntries(names.map((name) => [name, other[name] as number]));
}

type Judged = Rule & { active: boolean; atMost?: boolean; definition?: unknown };
const inForce = <Kind extends Judged>(rules: readonly Kind[], code: string): Kind | undefined => rules.find((one) => one.code === code && one.active);

/** What turns the indicators of a month into those of another one. One that the other month has not, or has without a target, weighs nothing. */
export function replaced(mine: readonly Judged[], theirs: readonly Judged[]): Change[] {
  const found: Change[] = [];
  for (const one of mine.filter((rule) => rule.active)) {
    const other = inForce(theirs, one.code);
    const unscored = !other || (other.target === null && one.target !== null);
    const weight = unscored ? 0 : other.weight;
    const change = {
      code: one.code,
      weight: weight === one.weight ? null : weight,
      target: unscored || other.target === one.target ? null : other.target,
      baseline: unscored || other.baseline === one.baseline ? null : other.baseline,
    };
    if (change.weight !== null || change.target !== null || change.baseline !== null) found.push(change);
  }
  return found;
}

/** A difference that a month cannot be tried under: of an indicator (`code`), or the `promises` to subscribers. */
export type Untried = { what: "missing" | "extra" | "definition" | "target" | "baseline"; code: string } | { what: "promises" };

/**
 * What `replaced` and `limitsThat` leave out of the rules of another month: an indicator that this month has not (`missing`) or only watches and the
 * other has not (`extra`), one that counts something else (`definition`), a target that is taken from what weighs nothing anyhow, a baseline that is
 * taken away (null cannot be sent: it leaves a number as it is), and the promises.
 */
export function untried(mine: readonly Judged[], theirs: readonly Judged[], limits: Record<string, unknown>, others: Record<string, unknown>): Untried[] {
  const found: Untried[] = [];
  for (const one of mine.filter((rule) => rule.active)) {
    const { code } = one;
    const other = inForce(theirs, code);
    if (!other) {
      if (one.weight === 0) found.push({ what: "extra", code });
      continue;
    }
    if (differ(one.definition, other.definition) || one.atMost !== other.atMost) found.push({ what: "definition", code });
    if (other.target === null && one.target !== null) {
      if (one.weight === 0) found.push({ what: "target", code });
    } else if (other.baseline === null && one.baseline !== null) found.push({ what: "baseline", code });
  }
  for (const other of theirs) if (other.active && !inForce(mine, other.code)) found.push({ what: "missing", code: other.code });
  if (PROMISES.some((name) => differ(limits[name], others[name]))) found.push({ what: "promises" });
  return found;
}
const differ = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other);
