/** One request to our own server, for pages and for the worker alike. */

export interface Sending {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  json?: unknown;
  bytes?: ArrayBuffer;
  headers?: Record<string, string>;
  /** Milliseconds after which no answer is no answer. */
  timeout?: number;
}
export interface Heard {
  status: number;
  headers: Headers;
  text: string;
}
export type Wire = (path: string, what: Sending) => Promise<Heard>;

const PATIENCE = 30_000;

/** A wire with the token and language of whoever is signed in. A promise of it is refused where no answer came. */
export function wire(token: () => string, language: () => string): Wire {
  return async (path, { method, json, bytes, headers = {}, timeout = PATIENCE }) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), timeout);
    try {
      const answer = await fetch(path, {
        method,
        body: json === undefined ? (bytes ?? null) : JSON.stringify(json),
        signal: stop.signal,
        // A portal sends elsewhere: that is no answer of ours.
        redirect: "manual",
        cache: "no-store",
        headers: {
          "Accept-Language": language(),
          ...(json === undefined ? {} : { "Content-Type": "application/json" }),
          ...(bytes === undefined ? {} : { "Content-Type": "application/octet-stream" }),
          ...(method === "GET" || method === "HEAD" || !token() ? {} : { "X-CSRF-Token": token() }),
          ...headers,
        },
      });
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    } finally {
      clearTimeout(timer);
    }
  };
}
