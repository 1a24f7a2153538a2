import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { alone } from "../runner";
import { freshStore, ME } from "./world";

/** Over plain http a browser has no locks: a lease in the store does instead. */
let page: Map<string, string>;

beforeEach(() => {
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("sessionStorage", { getItem: (key: string) => page.get(key) ?? null, setItem: (key: string, value: string) => void page.set(key, value) });
  page = new Map();
});
afterEach(() => vi.unstubAllGlobals());

const never = new Promise<void>(() => undefined);

test("of two pages one sends, and the other when the first is done", async () => {
  const store = await freshStore();
  let end!: () => void;
  const first = alone(store, ME, () => new Promise<string>((done) => (end = () => done("sent"))));
  await vi.waitFor(() => expect(end).toBeDefined());
  page = new Map();
  expect(await alone(store, ME, async () => "too")).toBeNull();
  end();
  expect(await first).toBe("sent");
  expect(await alone(store, ME, async () => "too")).toBe("too");
});

test("a page that is loaded again while it sent goes on at once", async () => {
  const store = await freshStore();
  const begun = vi.fn(() => never);
  void alone(store, ME, begun);
  await vi.waitFor(() => expect(begun).toHaveBeenCalled());
  expect(await alone(store, ME, async () => "again")).toBe("again");
});

test.each([
  ["after a while", 46_000],
  ["where the clock was set back", -3_600_000],
])("what a page that died had is free %s", async (_, off) => {
  const store = await freshStore();
  const begun = vi.fn(() => never);
  void alone(store, ME, begun);
  await vi.waitFor(() => expect(begun).toHaveBeenCalled());
  page = new Map();
  expect(await alone(store, ME, async () => "too soon")).toBeNull();
  const then = Date.now() + off;
  vi.spyOn(Date, "now").mockReturnValue(then);
  expect(await alone(store, ME, async () => "free")).toBe("free");
  vi.restoreAllMocks();
});
