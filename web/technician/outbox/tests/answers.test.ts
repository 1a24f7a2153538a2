import { describe, expect, test } from "vitest";
import { judge, MARK, pause, seconds } from "../answers";

const json = { "Content-Type": "application/json" };
const marked = { ...json, [MARK]: "problem" };
const problem = (code: string): string => JSON.stringify({ code, detail: "why" });

describe("only a marked refusal of our own program stops an act", () => {
  test.each([
    ["401", 401, marked, problem("not_signed_in"), "signed_out"],
    ["403 of a role", 403, marked, problem("forbidden"), "signed_out"],
    ["403 of a portal", 403, {}, "<html>", "signed_out"],
    ["403 of an old token", 403, marked, problem("csrf_token"), "stale_token"],
    ["404 in html", 404, { "Content-Type": "text/html" }, "<html>", "later"],
    ["404 in foreign json", 404, json, problem("not_found"), "later"],
    ["404 of ours", 404, marked, problem("mobile.technicians_only"), "refused"],
    ["408", 408, marked, problem("timeout"), "later"],
    ["409 of ours", 409, marked, problem("wrong_state"), "refused"],
    ["413 of a proxy", 413, {}, "too large", "later"],
    ["413 of ours", 413, marked, problem("too_large"), "refused"],
    ["422 of ours", 422, marked, problem("malformed"), "refused"],
    ["429", 429, { ...marked, "Retry-After": "7" }, problem("too_often"), "later"],
    ["500", 500, marked, problem("unexpected"), "later"],
    ["502", 502, {}, "<html>", "later"],
    ["503", 503, json, problem("busy"), "later"],
    ["a portal's page with 200", 200, { "Content-Type": "text/html" }, "<html>", "later"],
    ["foreign json with 200", 200, json, "{}", "later"],
    ["half an answer", 200, json, '{"answers":[', "later"],
    ["sent elsewhere", 0, {}, "", "later"],
    ["a good answer", 200, json, '{"answers":[]}', "taken"],
  ])("%s", (_, status, headers, text, kind) => {
    expect(judge(status, new Headers(headers), text, "answers").kind).toBe(kind);
  });

  test("a phone that was signed out from the console is told so by us alone", () => {
    const body = JSON.stringify({ code: "not_signed_in", wipe: true });
    expect(judge(401, new Headers(marked), body, "x")).toEqual({ kind: "signed_out", wipe: true });
    expect(judge(401, new Headers(json), body, "x")).toEqual({ kind: "signed_out", wipe: false });
  });
});

test("how long to wait is said in seconds or by a date, and is never more than an hour", () => {
  const now = Date.parse("2026-03-02T01:00:00Z");
  expect(seconds("7")).toBe(7);
  expect(seconds("Mon, 02 Mar 2026 01:00:30 GMT", now)).toBe(30);
  expect(seconds("999999")).toBe(3600);
  expect(seconds("soon")).toBeNull();
});

test("pauses grow, are spread over their whole length, and end at five minutes", () => {
  expect(pause(1, null, () => 1)).toBe(4);
  expect(pause(1, null, () => 0)).toBe(0);
  expect(pause(50, null, () => 1)).toBe(300);
  expect(pause(1, 20, () => 0)).toBe(20);
});
