import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "../api/generated";
import { locale } from "./i18n.svelte";

export type Schemas = components["schemas"];

/** An RFC 9457 answer: `detail` is the server's own sentence in the page's language. */
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

const headers: Middleware = {
  onRequest({ request }) {
    request.headers.set("Accept-Language", locale.language);
    if (request.method !== "GET") {
      request.headers.set("X-CSRF-Token", csrf);
      if (request.method === "POST" && !request.headers.has("Idempotency-Key")) {
        request.headers.set("Idempotency-Key", crypto.randomUUID());
      }
    }
    return request;
  },
};

export const api = createClient<paths>({ baseUrl: "" });
api.use(headers);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer, or a `Problem` thrown. */
export async function ask<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  const body = (error ?? {}) as { code?: string; detail?: string; current?: unknown };
  throw new Problem(response.status, body.code ?? "unknown", body.detail ?? response.statusText, body.current);
}
