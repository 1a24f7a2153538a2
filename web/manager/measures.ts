/** Pure rules of what is shown: values, colours, arrows. */
type Numbers = Record<string, { value: number | null; denominator: number; numerator: number; interval: number[] | null }>;
type Subject = { score: number | null; numbers: Numbers; past: { score: number | null; values: Record<string, number | null> }[] };
type Kind = { target: number | null; atMost: boolean };

/** The value of a measure: the score, or an indicator; null where there are no cases. */
export const valueOf = (subject: Subject, measure: string): number | null =>
  measure === "score" ? subject.score : (subject.numbers[measure]?.value ?? null);

/** The values of the months before, oldest first, and this one. */
export const seriesOf = (subject: Subject, measure: string): (number | null)[] => [
  ...subject.past.map((one) => (measure === "score" ? one.score : (one.values[measure] ?? null))),
  valueOf(subject, measure),
];

/** Whether a value meets its target; null where one of both is absent. */
export function meets(value: number | null, kind: Kind | undefined): boolean | null {
  if (value === null || !kind || kind.target === null) return null;
  return kind.atMost ? value <= kind.target : value >= kind.target;
}

/** 1 better than the month before, −1 worse, 0 the same, null where there is none. */
export function changeOf(series: readonly (number | null)[], atMost: boolean): -1 | 0 | 1 | null {
  const [before, now] = [series.at(-2) ?? null, series.at(-1) ?? null];
  if (before === null || now === null) return null;
  return (Math.sign(now - before) * (atMost ? -1 : 1) || 0) as -1 | 0 | 1;
}

/** Which of five steps of colour a value has, 0 the best, among all values; null without data. */
export function stepOf(value: number | null, all: readonly (number | null)[], atMost: boolean): number | null {
  const known = all.filter((one): one is number => one !== null);
  if (value === null || !known.length) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (high === low) return 0;
  const share = (value - low) / (high - low);
  return Math.min(4, Math.floor((atMost ? share : 1 - share) * 5));
}

/** The points of a sparkline in a box, with a gap where a month has no data: one list for each stretch. */
export function sparkline(series: readonly (number | null)[], width: number, height: number): string[] {
  const known = series.filter((one): one is number => one !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const found: string[][] = [[]];
  series.forEach((value, at) => {
    if (value === null) return void found.push([]);
    const y = high === low ? height / 2 : height - 2 - ((value - low) / (high - low)) * (height - 4);
    found.at(-1)!.push(`${(2 + (at / Math.max(1, series.length - 1)) * (width - 4)).toFixed(1)},${y.toFixed(1)}`);
  });
  return found.filter((part) => part.length).map((part) => part.join(" "));
}

type Day = { day: string; completed: number; late: number; backlog: number };

/** The days of a month by weeks that begin on Mondays: the share completed in time (null where nothing was), and what was open at the end. */
export function onTimeByWeek(days: readonly Day[]): { from: string; completed: number; onTime: number | null; backlog: number }[] {
  const found: { from: string; completed: number; late: number; backlog: number }[] = [];
  for (const day of days) {
    const monday = new Date(`${day.day}T00:00:00Z`).getUTCDay() === 1;
    if (monday || !found.length) found.push({ from: day.day, completed: 0, late: 0, backlog: 0 });
    const week = found.at(-1)!;
    week.completed += day.completed;
    week.late += day.late;
    week.backlog = day.backlog;
  }
  return found.map(({ from, completed, late, backlog }) => ({ from, completed, onTime: completed ? (completed - late) / completed : null, backlog }));
}

/** How much more there is now than before; null where one of both is absent. */
export const differenceOf = (before: number | null, now: number | null): number | null => (before === null || now === null ? null : now - before);

/** The keys of the address that narrow what is shown, in the order of the way down. */
export const NARROWING = ["grid", "contractor", "team", "technician"] as const;
export type Narrowing = (typeof NARROWING)[number];

/** Which of them the numbers of a view follow; `side` is what the comparison sets side by side, null for two months. */
export function narrowedBy(view: string, side: string | null): readonly Narrowing[] {
  switch (view) {
    case "overview":
      return NARROWING;
    case "compare":
      if (side === null) return NARROWING;
      return side === "technician" ? ["contractor", "team"] : [];
    case "hours":
      return ["grid", "technician"];
    case "outages":
    case "faults":
    case "voice":
      return ["grid"];
    default:
      return [];
  }
}

type Cell = { weekday: number; hour: number; faults: number };

/** A week as seven rows of 24 hours with the colour's step (0 to 4) of each, by faults for one such day; null where there were none. */
export function heat(cells: readonly Cell[], days: readonly number[]): { faults: number; cells: { faults: number; step: number | null }[] }[] {
  const rate = (one: Cell): number => one.faults / (days[one.weekday - 1] || 1);
  const most = cells.reduce((top, one) => Math.max(top, rate(one)), 0);
  return Array.from({ length: 7 }, (_, at) => {
    const mine = cells.filter((one) => one.weekday === at + 1);
    const row = Array.from({ length: 24 }, (_, hour) => {
      const one = mine.find((cell) => cell.hour === hour);
      return one && one.faults ? { faults: one.faults, step: Math.min(4, Math.floor((rate(one) / most) * 5)) } : { faults: 0, step: null };
    });
    return { faults: mine.reduce((all, one) => all + one.faults, 0), cells: row };
  });
}
