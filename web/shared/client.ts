import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "../api/generated";
import { accepted, t } from "./i18n.svelte";

/** What the client hands out: it widens `[lon, lat]` to `number[]`, so the names of its answers do too. */
type Plain<T> = T extends readonly [number, number] ? number[] : T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
export type Schemas = { [K in keyof components["schemas"]]: Plain<components["schemas"][K]> };

/** An RFC 9457 answer: the message is the server's own sentence in the page's language. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly current: unknown = undefined,
  ) {
    super(detail);
  }
}

let csrf = "";
export function setCsrf(token: string): void {
  csrf = token;
}

let expired = (): void => undefined;
/** What to do when the server no longer knows who asks. */
export function onExpired(react: () => void): void {
  expired = react;
}

const headers: Middleware = {
  onRequest({ request }) {
    request.headers.set("Accept-Language", accepted());
    if (request.method !== "GET") {
      if (csrf) request.headers.set("X-CSRF-Token", csrf);
      if (request.method === "POST" && !request.headers.has("Idempotency-Key")) {
        request.headers.set("Idempotency-Key", randomId());
      }
    }
    return request;
  },
};

/** How often a request comes again that a busy server turned away. */
const AGAIN = 2;
/** Seconds; nobody looks at a page for longer that only waits. */
const LONGEST = 15;

/**
 * Sends a request, and again after the seconds that a busy server names. Turned away means that nothing was done, and
 * the key of a POST stays the same; any other refusal is handed on.
 */
export async function patiently(request: Request, send: (request: Request) => Promise<Response> = fetch, wait: (seconds: number) => Promise<void> = pause): Promise<Response> {
  for (let left = AGAIN; ; left--) {
    const answer = await send(left ? request.clone() : request);
    if (!left || answer.status !== 503) return answer;
    const after = Number(answer.headers.get("Retry-After"));
    const { code } = (await answer.clone().json().catch(() => ({}))) as { code?: string };
    if (code !== "unavailable.busy" || !(after > 0 && after <= LONGEST)) return answer;
    await wait(after);
  }
}
const pause = (seconds: number): Promise<void> => new Promise((done) => setTimeout(done, seconds * 1000));

export const api = createClient<paths>({ baseUrl: "", fetch: (request) => patiently(request) });
api.use(headers);

/** A version 4 UUID; `crypto.randomUUID` exists in secure contexts only, and a trial may run on plain HTTP. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer, or a `Problem` thrown; status 0 means that no answer came. */
export async function ask<T>(answer: Promise<Answer<T>>): Promise<T> {
  let got: Answer<T>;
  try {
    got = await answer;
  } catch {
    throw new Problem(0, "no_connection", t("no_connection"));
  }
  const { data, error, response } = got;
  if (response.ok) return data as T;
  const body = (error ?? {}) as { code?: string; detail?: string; current?: unknown };
  if (response.status === 401 && body.code === "not_signed_in") expired();
  throw new Problem(response.status, body.code ?? "unknown", body.detail ?? t("no_answer", { status: response.status }), body.current);
}

/** The sentence to show for whatever was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Problem ? error.message : t("page_error");
}
