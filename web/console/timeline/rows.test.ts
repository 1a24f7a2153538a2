import { describe, expect, test } from "vitest";
import type { Schemas } from "../../shared/client";
import { HOUR, MINUTE, project, rowsOf, sorted, spanOf, type Row } from "./rows";

type Stop = Schemas["RouteStopOut"];
const START = Date.parse("2026-03-10T00:00:00Z");
const at = (time: string): string => `2026-03-10T${time}:00.000Z`;
const ms = (time: string): number => Date.parse(at(time));
const said = (moment: number): string => new Date(moment).toISOString().slice(11, 16);

/** A stop planned from `start` to `end`, twenty minutes away. */
const stop = (id: string, start: string, end: string, given: Partial<Stop> = {}): Stop =>
  ({ orderId: id, number: id, visitStatus: "planned", plannedArrival: at(start), plannedStart: at(start), plannedEnd: at(end), travelSeconds: 1200, arrivedAt: null, endedAt: null, dueAt: null, ...given }) as Stop;
const times = (stops: Stop[], now: string | null): string[] => project(stops, now === null ? null : ms(now)).map((visit) => `${said(visit.arrival)} ${said(visit.start)}-${said(visit.end)}`);

describe("the stops of a person", () => {
  test("of another day stand as they are planned", () => {
    expect(times([stop("a", "09:00", "09:30"), stop("b", "10:00", "10:45")], null)).toEqual(["09:00 09:00-09:30", "10:00 10:00-10:45"]);
  });
  test("are not before now where nobody has set out yet", () => {
    expect(times([stop("a", "09:00", "09:30"), stop("b", "10:00", "10:45")], "09:20")).toEqual(["09:20 09:20-09:50", "10:10 10:10-10:55"]);
  });
  test("push each other only as far as they must", () => {
    expect(times([stop("a", "09:00", "09:30"), stop("b", "11:00", "11:30")], "09:20")).toEqual(["09:20 09:20-09:50", "11:00 11:00-11:30"]);
  });
  test("that are over stand as they went, whatever was planned", () => {
    expect(times([stop("a", "09:00", "09:30", { visitStatus: "ended", arrivedAt: at("09:10"), endedAt: at("09:25") })], "10:00")).toEqual(["09:10 09:10-09:25"]);
  });
  test("after one that is over begin no earlier than the way from it takes", () => {
    const stops = [stop("a", "09:00", "09:30", { visitStatus: "ended", arrivedAt: at("09:00"), endedAt: at("10:00") }), stop("b", "10:00", "10:30")];
    expect(times(stops, "10:05")[1]).toBe("10:20 10:20-10:50");
  });
  test("being worked on take as long as planned from their arrival on, and at least until now", () => {
    const working = (now: string) => times([stop("a", "09:00", "09:30", { visitStatus: "on_site", arrivedAt: at("09:10") })], now)[0];
    expect(working("09:15")).toBe("09:10 09:10-09:40");
    expect(working("10:00")).toBe("09:10 09:10-10:00");
  });
  test("that somebody drives to are reached at the earliest now", () => {
    expect(times([stop("a", "09:00", "09:30", { visitStatus: "en_route" })], "09:07")).toEqual(["09:07 09:07-09:37"]);
  });
  test("wait for their start where one arrives before it", () => {
    expect(times([stop("a", "09:30", "10:00", { plannedArrival: at("09:00") })], null)).toEqual(["09:00 09:30-10:00"]);
  });
  test("without a plan take half an hour", () => {
    expect(times([stop("a", "09:00", "09:30", { plannedArrival: null, plannedStart: null, plannedEnd: null })], "12:00")).toEqual(["12:20 12:20-12:50"]);
  });
  test("count from 1, leave as long before as they drive, and may be moved until somebody sets out", () => {
    const [first, second] = project([stop("a", "09:00", "09:30", { visitStatus: "en_route" }), stop("b", "10:00", "10:30")], null);
    expect([first?.place, second?.place]).toEqual([1, 2]);
    expect(first && first.arrival - first.leave).toBe(20 * MINUTE);
    expect([first?.movable, second?.movable]).toEqual([false, true]);
  });
  test("are late past their due time, and tight less than half an hour before it", () => {
    const of = (dueAt: string) => project([stop("a", "09:00", "09:30", { dueAt: at(dueAt) })], null)[0];
    expect([of("09:29")?.late, of("09:30")?.late]).toEqual([MINUTE, 0]);
    expect([of("09:29")?.tight, of("09:30")?.tight, of("09:59")?.tight, of("10:00")?.tight]).toEqual([false, true, true, false]);
  });
});

const shift = (id: string, name: string, breaks: Schemas["ShiftOut"]["breaks"] = []): Schemas["ShiftOut"] =>
  ({ technicianId: id, name, pinyin: `${name}pin`, employeeNumber: `E${id}`, team: "North", start: at("08:00"), end: at("16:00"), breaks }) as Schemas["ShiftOut"];
const route = (id: string, name: string, stops: Stop[]): Schemas["TechnicianRoute"] => ({ technicianId: id, name, stops }) as Schemas["TechnicianRoute"];
const rows = (given: Partial<Parameters<typeof rowsOf>[0]>, now: number | null = null): Row[] => rowsOf({ shifts: [], leaves: [], routes: [], grids: [], gridOf: () => undefined, ...given }, now);

describe("the rows of the timeline", () => {
  test("hold everybody who is on shift, has a stop or is away", () => {
    const leaves = [{ technicianId: "3", name: "Cai", start: at("08:00"), end: at("16:00"), kind: "sick" }] as Schemas["AwayOut"][];
    const found = rows({ shifts: [shift("1", "An")], routes: [route("2", "Bo", [stop("b", "09:00", "09:30")])], leaves });
    expect(found.map((row) => [row.name, row.shifts.length, row.visits.length, row.away.length])).toEqual([["An", 1, 0, 0], ["Bo", 0, 1, 0], ["Cai", 0, 0, 1]]);
  });
  test("weigh work and driving by the rostered time without breaks", () => {
    const lunch = [{ seconds: 3600, earliest: at("11:30"), latest: at("13:00") }] as Schemas["ShiftOut"]["breaks"];
    // 40 minutes of driving and 65 of work in seven hours.
    const [row] = rows({ shifts: [shift("1", "An", lunch)], routes: [route("1", "An", [stop("a", "09:00", "09:30"), stop("b", "10:00", "10:35")])] });
    expect(row?.load).toBeCloseTo(105 / 420, 6);
    expect(rows({ routes: [route("2", "Bo", [])] })[0]?.load).toBeNull();
  });
  test("put a break where it fits between the visits of its window, else at the window's beginning", () => {
    const lunch = [{ seconds: 3600, earliest: at("11:30"), latest: at("13:00") }] as Schemas["ShiftOut"]["breaks"];
    const pause = (...stops: Stop[]) => rows({ shifts: [shift("1", "An", lunch)], routes: [route("1", "An", stops)] })[0]?.pauses.map((one) => said(one.start));
    expect(pause()).toEqual(["11:30"]);
    expect(pause(stop("a", "11:20", "12:00"))).toEqual(["12:00"]);
    expect(pause(stop("a", "11:20", "12:00"), stop("b", "13:00", "15:00"))).toEqual(["11:30"]);
  });
  test("know the grids of a person by contract and by visit, once each", () => {
    const grids = [{ id: "g", properties: { name: "North", contract: { technicianA: { id: "1" }, technicianB: null } } }] as unknown as Schemas["GridFeature"][];
    const [row] = rows({ shifts: [shift("1", "An")], routes: [route("1", "An", [stop("a", "09:00", "09:30"), stop("b", "10:00", "10:30")])], grids, gridOf: (id) => (id === "a" ? "North" : "South") });
    expect(row?.grids).toEqual(["North", "South"]);
    expect(row?.words).toBe("an anpin e1 north north south");
  });
  test("count what is late, tight and done", () => {
    const stops = [stop("a", "09:00", "09:30", { visitStatus: "ended", arrivedAt: at("09:00"), endedAt: at("09:30"), dueAt: at("09:00") }), stop("b", "10:00", "10:30", { dueAt: at("10:00") }), stop("c", "11:00", "11:30", { dueAt: at("11:40") })];
    const [row] = rows({ routes: [route("1", "An", stops)] });
    expect([row?.late, row?.tight, row?.done]).toEqual([1, 1, 1]);
  });
});

describe("the order of the rows", () => {
  const row = (name: string, given: Partial<Row>): Row => ({ id: name, name, late: 0, tight: 0, load: null, finish: null, grid: "", ...given }) as Row;
  const people = [row("b 10", { load: 0.5, finish: 3, late: 1 }), row("b 9", { load: 0.9, grid: "A" }), row("a", { finish: 9, late: 1, tight: 2 })];
  test.each([["name", ["a", "b 9", "b 10"]], ["late", ["a", "b 10", "b 9"]], ["load", ["b 9", "b 10", "a"]], ["finish", ["a", "b 10", "b 9"]], ["grid", ["b 9", "a", "b 10"]]] as const)("by %s", (sort, names) => {
    expect(sorted(people, sort, "en").map((one) => one.name)).toEqual(names);
  });
  test("leaves the rows it was given alone", () => {
    sorted(people, "name", "en");
    expect(people.map((one) => one.name)).toEqual(["b 10", "b 9", "a"]);
  });
  test("of Chinese names is by their pinyin", () => {
    expect(sorted([row("张三", {}), row("李四", {}), row("陈一", {})], "name", "zh").map((one) => one.name)).toEqual(["陈一", "李四", "张三"]);
  });
});

describe("the hours that are shown", () => {
  const hours = (given: Row[]): string[] => Object.values(spanOf(given, START)).map((moment) => String((moment - START) / HOUR));
  test("of a day with nobody in it are seven to nine in the evening", () => {
    expect(hours([])).toEqual(["7", "21"]);
  });
  test("hold every shift and visit, in whole hours with half an hour beside them", () => {
    expect(hours(rows({ shifts: [shift("1", "An")], routes: [route("1", "An", [stop("a", "07:10", "07:40"), stop("b", "16:10", "17:20")])] }))).toEqual(["5.5", "18.5"]);
  });
  test("are never more than a day and a half", () => {
    const far = [{ shifts: [{ start: START - 30 * HOUR, end: START + 60 * HOUR }], visits: [] }] as unknown as Row[];
    expect(hours(far)).toEqual(["-6.5", "32.5"]);
  });
});
