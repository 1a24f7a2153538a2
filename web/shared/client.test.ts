import { describe, expect, test } from "vitest";
import { patiently } from "./client";

const busy = (code = "unavailable.busy", after = "3"): Response => new Response(JSON.stringify({ code }), { status: 503, headers: { "Retry-After": after } });

async function asked(...answers: Response[]): Promise<{ status: number; waited: number[]; sent: string[] }> {
  const [waited, sent]: [number[], string[]] = [[], []];
  const request = new Request("http://desk.test/next", { method: "POST", body: "the call", headers: { "Idempotency-Key": "k" } });
  const send = async (one: Request): Promise<Response> => {
    sent.push(`${one.headers.get("Idempotency-Key")} ${await one.text()}`);
    return answers[sent.length - 1]!;
  };
  const { status } = await patiently(request, send, async (seconds) => void waited.push(seconds));
  return { status, waited, sent };
}

describe("a request that a busy server turns away", () => {
  test("comes again as the same one, after the seconds that it names", async () => {
    expect(await asked(busy(), new Response("{}"))).toEqual({ status: 200, waited: [3], sent: ["k the call", "k the call"] });
  });
  test("is told of when it was turned away again and again", async () => {
    expect(await asked(busy(), busy("unavailable.busy", "9"), busy())).toMatchObject({ status: 503, waited: [3, 9] });
  });
  test("does not wait for what no wait mends, nor for minutes", async () => {
    expect((await asked(busy("unavailable.roads"))).waited).toEqual([]);
    expect((await asked(busy("unavailable.busy", "60"))).waited).toEqual([]);
    expect((await asked(new Response("<html>", { status: 503 }))).waited).toEqual([]);
    expect((await asked(new Response("{}", { status: 409 }))).waited).toEqual([]);
  });
});
