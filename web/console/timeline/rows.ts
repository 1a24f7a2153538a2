import type { Schemas } from "../../shared/client";

type Stop = Schemas["RouteStopOut"];
type Shift = Schemas["ShiftOut"];

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** Less than this between the end of a visit and its due time is worth a sign. */
const TIGHT = 30 * MINUTE;

/** A visit as the timeline draws it; all times are milliseconds. `place` counts from 1 among the stops of the day. */
export type Visit = {
  id: string;
  stop: Stop;
  place: number;
  /** When the way to it begins; `arrival` ends it, and waiting may follow. */
  leave: number;
  arrival: number;
  start: number;
  end: number;
  due: number | null;
  /** Milliseconds past the due time; 0 where it is in time. */
  late: number;
  tight: boolean;
  done: boolean;
  /** Nobody has set out yet, so it may still be moved. */
  movable: boolean;
};
export type Pause = { start: number; end: number; earliest: number; latest: number };
export type Row = {
  id: string;
  name: string;
  /** What a search for a person looks through: name, pinyin, number, team, grids. */
  words: string;
  shifts: { start: number; end: number }[];
  /** When they are away, planned or sick. */
  away: { start: number; end: number; kind: string }[];
  pauses: Pause[];
  visits: Visit[];
  /** Work and travel ÷ rostered time; null without a roster. */
  load: number | null;
  late: number;
  tight: number;
  done: number;
  travel: number;
  finish: number | null;
  grid: string;
  grids: string[];
};

const at = (moment: string | null): number | null => (moment === null ? null : Date.parse(moment));

/** The stops of a person as they will happen: what is begun as it went, what is to come not before it can be. */
export function project(stops: readonly Stop[], now: number | null): Visit[] {
  let free: number | null = null;
  return stops.map((stop, index) => {
    const [plannedStart, plannedEnd] = [at(stop.plannedStart), at(stop.plannedEnd)];
    const takes = plannedStart !== null && plannedEnd !== null ? plannedEnd - plannedStart : 30 * MINUTE;
    const travel = (stop.travelSeconds ?? 0) * 1000;
    const ended = at(stop.endedAt);
    const arrived = at(stop.arrivedAt);
    const going = stop.visitStatus === "en_route";
    let arrival: number;
    let start: number;
    let end: number;
    if (ended !== null) {
      start = arrived ?? plannedStart ?? ended;
      arrival = start;
      end = Math.max(ended, start);
    } else if (arrived !== null) {
      start = arrival = arrived;
      end = Math.max(arrived + takes, now ?? 0);
    } else {
      const planned = at(stop.plannedArrival) ?? plannedStart ?? (free ?? now ?? 0) + travel;
      arrival = Math.max(planned, going ? (now ?? 0) : 0, free === null ? 0 : free + travel, now === null || free !== null || going ? 0 : now);
      start = Math.max(arrival, plannedStart ?? arrival);
      end = start + takes;
    }
    free = ended === null && (now !== null || arrived !== null) ? end : ended === null ? free : end;
    const due = at(stop.dueAt);
    const late = due !== null && end > due ? end - due : 0;
    const done = ended !== null;
    return {
      id: stop.orderId, stop, place: index + 1, leave: arrival - travel, arrival, start, end, due, late,
      tight: !done && late === 0 && due !== null && due - end < TIGHT, done, movable: stop.visitStatus === "planned",
    };
  });
}

/** Where a break fits between the visits of its window, and at the window's beginning where it does not. */
function placed(seconds: number, earliest: number, latest: number, visits: readonly Visit[]): Pause {
  const length = seconds * 1000;
  let start = earliest;
  for (const visit of visits) {
    if (visit.end <= start) continue;
    if (visit.leave - start >= length) break;
    start = Math.max(start, visit.end);
  }
  if (start > latest) start = earliest;
  return { start, end: start + length, earliest, latest };
}

type People = { shifts: readonly Shift[]; leaves: readonly Schemas["AwayOut"][]; routes: readonly Schemas["TechnicianRoute"][]; grids: readonly Schemas["GridFeature"][]; gridOf: (orderId: string) => string | undefined };

/** Everybody who is on shift, away or has a stop that day. `now` is null on other days than today: then plans stand as they are. */
export function rowsOf({ shifts, leaves, routes, grids, gridOf }: People, now: number | null): Row[] {
  const contracts = new Map<string, string[]>();
  for (const grid of grids) {
    for (const person of [grid.properties.contract?.technicianA, grid.properties.contract?.technicianB]) {
      if (person) contracts.set(person.id, [...(contracts.get(person.id) ?? []), grid.properties.name]);
    }
  }
  const people = new Map<string, { name: string; extra: string; shifts: Shift[]; stops: readonly Stop[] }>();
  for (const shift of shifts) {
    const known = people.get(shift.technicianId);
    if (known) known.shifts.push(shift);
    else people.set(shift.technicianId, { name: shift.name, extra: `${shift.pinyin} ${shift.employeeNumber} ${shift.team ?? ""}`, shifts: [shift], stops: [] });
  }
  for (const route of routes) {
    const known = people.get(route.technicianId);
    if (known) known.stops = route.stops;
    else people.set(route.technicianId, { name: route.name, extra: "", shifts: [], stops: route.stops });
  }
  const away = new Map<string, Row["away"]>();
  for (const leave of leaves) {
    if (!people.has(leave.technicianId)) people.set(leave.technicianId, { name: leave.name, extra: "", shifts: [], stops: [] });
    const known = away.get(leave.technicianId) ?? [];
    away.set(leave.technicianId, [...known, { start: Date.parse(leave.start), end: Date.parse(leave.end), kind: leave.kind }]);
  }
  return [...people].map(([id, person]) => {
    const visits = project(person.stops, now);
    const spans = person.shifts.map((shift) => ({ start: Date.parse(shift.start), end: Date.parse(shift.end) }));
    const pauses = person.shifts.flatMap((shift) => shift.breaks.map((rule) => placed(rule.seconds, Date.parse(rule.earliest), Date.parse(rule.latest), visits)));
    const rostered = spans.reduce((sum, span) => sum + span.end - span.start, 0) - pauses.reduce((sum, pause) => sum + pause.end - pause.start, 0);
    const travel = visits.reduce((sum, visit) => sum + visit.arrival - visit.leave, 0);
    const work = visits.reduce((sum, visit) => sum + visit.end - visit.start, 0);
    const where = new Set([...(contracts.get(id) ?? []), ...visits.map((visit) => gridOf(visit.id) ?? "")]);
    where.delete("");
    const own = [...where];
    return {
      id, name: person.name, words: `${person.name} ${person.extra} ${own.join(" ")}`.toLowerCase(), shifts: spans, away: away.get(id) ?? [], pauses, visits,
      load: rostered > 0 ? (work + travel) / rostered : null,
      late: visits.filter((visit) => visit.late > 0 && !visit.done).length,
      tight: visits.filter((visit) => visit.tight).length,
      done: visits.filter((visit) => visit.done).length,
      travel, finish: visits.at(-1)?.end ?? null, grid: own[0] ?? "", grids: own,
    };
  });
}

export const SORTS = ["late", "name", "load", "finish", "grid"] as const;
export type Sort = (typeof SORTS)[number];

export function sorted(rows: readonly Row[], sort: Sort, language: string): Row[] {
  const names = new Intl.Collator(language === "zh" ? "zh-CN" : "en", { numeric: true });
  const byName = (a: Row, b: Row): number => names.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);
  const by: Record<Sort, (a: Row, b: Row) => number> = {
    late: (a, b) => b.late - a.late || b.tight - a.tight,
    name: () => 0,
    load: (a, b) => (b.load ?? -1) - (a.load ?? -1),
    finish: (a, b) => (b.finish ?? 0) - (a.finish ?? 0),
    grid: (a, b) => names.compare(a.grid || "\uffff", b.grid || "\uffff"),
  };
  return [...rows].sort((a, b) => by[sort](a, b) || byName(a, b));
}

/** The hours worth showing: all shifts and visits, whole hours, never more than a day and a half. */
export function spanOf(rows: readonly Row[], dayStart: number): { from: number; to: number } {
  let [from, to] = [Infinity, -Infinity];
  for (const row of rows) {
    for (const shift of row.shifts) [from, to] = [Math.min(from, shift.start), Math.max(to, shift.end)];
    for (const visit of row.visits) [from, to] = [Math.min(from, visit.leave), Math.max(to, visit.end)];
  }
  if (from > to) return { from: dayStart + 7 * HOUR, to: dayStart + 21 * HOUR };
  from = Math.max(from, dayStart - 6 * HOUR);
  to = Math.min(to, dayStart + 32 * HOUR);
  return { from: Math.floor(from / HOUR) * HOUR - HOUR / 2, to: Math.ceil(to / HOUR) * HOUR + HOUR / 2 };
}
