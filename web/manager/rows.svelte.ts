import { tick } from "svelte";
import { serviceArea } from "../shared/area.svelte";
import { api, ask, type Schemas } from "../shared/client";
import { allAnswered, Asked } from "./asked.svelte";
import { report, type Ranked, type Subject } from "./report.svelte";

/** Which rows of a month's ranking. Without measures they have every number; `other` is a month that is read beside it. */
export interface Wanted {
  subject: Ranked | "area";
  month: string;
  version?: number;
  measures?: string[];
  ids?: string[];
  team?: string | null;
  contractor?: string | null;
  sort?: "worst" | "rank" | "orders";
  past?: boolean;
  other?: string;
  limit?: number;
}
/** The rows so far, and how many there are; `measure` is the first that was asked for, `then` the rows of the other month by id. */
export interface Found {
  items: Subject[];
  total: number;
  next: string | null;
  measure: string;
  then: Map<string, Subject>;
}
/** So many rows are shown at first, and read at a time. */
const FIRST = 50;
const EVERY = 1000;

/** A kind in the month that is shown; technicians of the team and contractor that were chosen on the way down. */
export function shown(subject: Ranked): Wanted {
  const { month, version } = report.answer!;
  return { subject, month, version, ...(subject === "technician" ? { team: report.team, contractor: report.contractor } : {}) };
}

/** A page of rows. */
export function pageOf(wanted: Wanted, cursor: string | null = null): Promise<Schemas["RankedOut"]> {
  const { subject, month, version, measures: measure, ids: id, team, contractor, sort, past, limit } = wanted;
  const query = { subject, version, measure, id, team, contractor, sort, past, limit: limit ?? FIRST, cursor };
  return ask(api.GET("/api/areas/{area_id}/reports/{month}/ranked", { params: { path: { area_id: serviceArea.id, month }, query } }));
}

/** One more page, with the other month's rows of the same. */
async function more(wanted: Wanted, before: Found | null): Promise<Found> {
  const page = await pageOf(wanted, before?.next ?? null);
  const then = new Map(before?.then);
  if (wanted.other && page.items.length) {
    const { subject, measures } = wanted;
    const old = await pageOf({ subject, measures, month: wanted.other, ids: page.items.map((one) => one.id), limit: page.items.length });
    for (const one of old.items) then.set(one.id, one);
  }
  return { items: [...(before?.items ?? []), ...page.items], total: page.total, next: page.nextCursor ?? null, measure: wanted.measures?.[0] ?? "score", then };
}

async function rest(wanted: Wanted, before: Found | null): Promise<Found> {
  let found = before;
  do found = await more(wanted, found);
  while (found.next);
  return found;
}

/** A list of rows on the page: its first ones, more of them when somebody asks, all of them before it is printed. */
export class Rows extends Asked<Found> {
  #key = "";
  #wanted: Wanted | null = null;

  /** Ask for other rows; nothing happens where they are the same. */
  show(wanted: Wanted, all = false): void {
    const key = JSON.stringify([serviceArea.id, wanted, all]);
    if (key === this.#key) return;
    this.#key = key;
    this.#wanted = all ? { ...wanted, limit: EVERY } : wanted;
    const mine = this.#wanted;
    void this.ask(() => (all ? rest(mine, null) : more(mine, null)));
  }
  /** The next rows, or all that are left. */
  async more(all = false): Promise<void> {
    const [wanted, before] = [this.#wanted, this.data];
    if (wanted && before?.next) await this.ask(() => (all ? rest(wanted, before) : more(wanted, before)));
  }
}

const printed = new Set<Rows>();
/** The list is printed with all its rows; returns what ends that. */
export function printsWhole(rows: Rows): () => void {
  printed.add(rows);
  return () => printed.delete(rows);
}

/** Print the page with every row of its lists, and nothing on it that is still being read. */
export async function printWhole(): Promise<void> {
  await Promise.all([...printed].map((one) => one.more(true)));
  await tick();
  await allAnswered();
  await tick();
  window.print();
}
