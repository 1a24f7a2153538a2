/** The limits of the assessment that the editor of rules shows, with the least and most they may be. */
export const LIMITS = {
  deductMissedWindow: [0, 30], deductLate: [0, 30], deductDissatisfied: [0, 30], deductAttitude: [0, 30], mostDeducted: [0, 100], mostBonus: [0, 100],
  shrinkageCases: [0, 1000], leastOrders: [0, 1000],
  starPercent: [1, 50], rectificationPercent: [1, 50], proposalsLeastRanked: [1, 1000], honourLeastAnswers: [1, 1000], retrainingCards: [1, 12],
} as const;
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

/** What turns the indicators of a month into those of another one. One that the other month has not, weighs nothing. */
export function replaced(mine: readonly (Rule & { active: boolean })[], theirs: readonly (Rule & { active: boolean })[]): Change[] {
  const found: Change[] = [];
  for (const one of mine.filter((rule) => rule.active)) {
    const other = theirs.find((rule) => rule.code === one.code && rule.active);
    const weight = other?.weight ?? 0;
    const change = {
      code: one.code,
      weight: weight === one.weight ? null : weight,
      target: !other || other.target === one.target ? null : other.target,
      baseline: !other || other.baseline === one.baseline ? null : other.baseline,
    };
    if (change.weight !== null || change.target !== null || change.baseline !== null) found.push(change);
  }
  return found;
}
