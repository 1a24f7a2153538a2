import { instant, locale, time } from "../../shared/i18n.svelte";
import { areaMap } from "../areaMap.svelte";
import { screen } from "../screen.svelte";
import { workday } from "../workday.svelte";
import { serviceArea } from "../../shared/area.svelte";
import { HOUR, MINUTE, rowsOf, sorted, spanOf, type Row, type Sort, type Visit } from "./rows";

export const ROW = 42;
/** Widths of the people's column: at a desk, and on a phone. */
export const COLUMN = { desk: 216, phone: 128 };
const CLOSEST = 300;

const clocks = new Map<number, string>();
let clocksFor = "";
/** Time of day of a moment in milliseconds, remembered by the minute: the timeline says thousands of them. */
export function clock(moment: number): string {
  const key = `${locale.language} ${locale.pseudo} ${serviceArea.current?.timezone ?? ""}`;
  if (key !== clocksFor) {
    clocks.clear();
    clocksFor = key;
  }
  const minute = Math.floor(moment / MINUTE);
  let said = clocks.get(minute);
  if (said === undefined) clocks.set(minute, (said = time(new Date(minute * MINUTE).toISOString())));
  return said;
}

export type Only = "all" | "late" | "room" | "busy";

/** What the timeline shows of the day: whom, in which order, from when to when, how large; and where the keyboard stands. */
class TimelineView {
  sort = $state<Sort>("late");
  only = $state<Only>("all");
  search = $state("");
  /** Pixels per hour; 0 fits the day into the width there is. */
  scale = $state(0);
  wide = $state(900);
  column = $state<number>(COLUMN.desk);
  /** Where the keyboard stands. */
  cursor = $state.raw<{ technicianId: string; orderId: string | null } | null>(null);
  /** Whoever was late a moment ago keeps the place: rows do not jump under the hand while one works in them. */
  #order: string[] = [];
  #orderFor = "";
  #sortings = $state(0);

  all = $derived.by((): Row[] =>
    rowsOf(
      { shifts: workday.shifts, leaves: workday.leaves, routes: workday.routes?.routes ?? [], grids: areaMap.grids, gridOf: (id) => workday.orders.get(id)?.grid?.name },
      workday.day === serviceArea.today ? serviceArea.minute : null,
    ));
  rows = $derived.by((): Row[] => this.#rows());
  index = $derived(new Map(this.rows.map((row, index) => [row.id, index])));
  byOrder = $derived.by((): Map<string, { row: Row; visit: Visit }> => {
    const found = new Map<string, { row: Row; visit: Visit }>();
    for (const row of this.all) for (const visit of row.visits) found.set(visit.id, { row, visit });
    return found;
  });
  span = $derived(spanOf(this.all, workday.day ? instant(workday.day).getTime() : 0));
  fit = $derived(Math.max(36, (this.wide - this.column - 18) / ((this.span.to - this.span.from) / HOUR)));
  hour = $derived(this.scale === 0 ? this.fit : Math.max(this.fit, this.scale));
  width = $derived(((this.span.to - this.span.from) / HOUR) * this.hour);

  clock = clock;

  x(moment: number): number {
    return ((moment - this.span.from) / HOUR) * this.hour;
  }
  moment(x: number): number {
    return this.span.from + (x / this.hour) * HOUR;
  }
  zoom(by: number): void {
    const next = Math.min(CLOSEST, this.hour * by);
    this.scale = next <= this.fit * 1.02 ? 0 : next;
  }

  /** Sort now; without this, changes of the day keep everybody where they are. */
  resort(): void {
    this.#sortings++;
  }

  #rows(): Row[] {
    const words = this.search.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const grid = screen.gridId ? areaMap.grids.find((one) => one.id === screen.gridId)?.properties.name : undefined;
    const rows = this.all.filter((row) =>
      words.every((word) => row.words.includes(word)) &&
      (!grid || row.grids.includes(grid)) &&
      (this.only === "all" || (this.only === "late" ? row.late + row.tight > 0 : this.only === "room" ? (row.load ?? 1) < 0.7 : (row.load ?? 0) > 0.95)));
    const key = `${serviceArea.id} ${workday.day} ${this.sort} ${locale.language} ${this.#sortings} ${workday.routes ? "" : "loading"} ${workday.shifts.length}`;
    if (key !== this.#orderFor) {
      this.#orderFor = key;
      this.#order = sorted(this.all, this.sort, locale.language).map((row) => row.id);
    }
    const place = new Map(this.#order.map((id, index) => [id, index]));
    return rows.sort((a, b) => (place.get(a.id) ?? 1e9) - (place.get(b.id) ?? 1e9));
  }
}

export const timelineView = new TimelineView();
