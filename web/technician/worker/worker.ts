/// <reference lib="webworker" />
import { drain } from "../outbox/flusher";
import { judge } from "../outbox/answers";
import { alone } from "../outbox/runner";
import { wire } from "../outbox/wire";
import { openStore } from "../store/database";
import { push } from "../strings/push";
import { areaKey, keep, kept, KEYS, type KeptAccount, type KeptArea } from "../store/keeping";

declare const self: ServiceWorkerGlobalScope;
/** Filled in by the build: the files of the first screen, those that come after it, and a name for both. */
declare const SHELL_FILES: string[];
declare const LATER_FILES: string[];
declare const VERSION_NAME: string;

const FILES = SHELL_FILES;
const PAGE = "/technician";
const SHELL = `phone-shell-${VERSION_NAME}`;
const LATER = `phone-later-${VERSION_NAME}`;
/** This version and the one before it: a page that is still open may ask for a part it has not loaded yet. */
const RELEASES = 2;

/** A file from any of our caches: its name changes with its content, so whichever has it has the right one. */
async function known(path: string): Promise<Response | undefined> {
  for (const name of [SHELL, LATER]) {
    const found = await (await caches.open(name)).match(path);
    if (found) return found;
  }
  return caches.match(path);
}

async function fetched(path: string): Promise<Response> {
  const answer = await fetch(path, { cache: "reload", redirect: "error" });
  // A portal answers everything with a page of its own.
  const html = answer.headers.get("Content-Type")?.includes("text/html") ?? false;
  if (!answer.ok || html !== (path === PAGE)) throw new Error(`not to be had: ${path}`);
  return answer;
}

/** All files of the first screen or none: half an app is worse than the old one. */
async function install(): Promise<void> {
  const files = await Promise.all(FILES.map(async (path) => [path, (path.startsWith("/assets/") && (await known(path))) || (await fetched(path))] as const));
  const shell = await caches.open(SHELL);
  try {
    for (const [path, file] of files) await shell.put(path, file);
  } catch (error) {
    await caches.delete(SHELL);
    throw error;
  }
}

async function activate(): Promise<void> {
  let first = true;
  for (const kind of ["phone-shell-", "phone-later-"]) {
    const names = (await caches.keys()).filter((name) => name.startsWith(kind));
    if (names.some((name) => name !== SHELL && name !== LATER)) first = false;
    for (const name of names.filter((name) => name !== SHELL && name !== LATER).slice(0, -(RELEASES - 1))) await caches.delete(name);
  }
  if (first) await self.clients.claim();
}

async function warm(): Promise<void> {
  const later = await caches.open(LATER);
  for (const path of LATER_FILES) {
    if (await later.match(path)) continue;
    const file = await known(path).then((found) => found ?? fetched(path)).catch(() => null);
    if (file) await later.put(path, file).catch(() => undefined);
  }
}

async function shell(request: Request): Promise<Response> {
  return (await (await caches.open(SHELL)).match(PAGE)) ?? fetch(request);
}

/** Send what is unsent while no page is open, where the browser wakes us for that. */
async function send(): Promise<void> {
  const store = await openStore();
  try {
    const account = await kept<KeptAccount>(store, KEYS.account);
    if (!account) return;
    const area = await kept<KeptArea>(store, areaKey(account.id));
    const clock = area?.clock;
    const ask = wire(() => account.token, () => account.language);
    const channel = new BroadcastChannel("grid-dispatch-phone");
    const outcome = await alone(store, account.id, () =>
      drain({
        store, account: account.id, wire: ask, trial: () => clock?.replay ?? false,
        now: () => (clock?.replay ? clock.now + (Date.now() - clock.at) * clock.speed : Date.now()),
        renew: async () => {
          const answer = await ask("/api/me", { method: "GET" }).catch(() => null);
          const verdict = answer && judge(answer.status, answer.headers, answer.text, "account");
          if (verdict?.kind !== "taken" || (verdict.body["account"] as { id: string }).id !== account.id) return false;
          account.token = String(verdict.body["csrfToken"] ?? "");
          await keep(store, KEYS.account, account);
          return true;
        },
        changed: () => channel.postMessage("changed"),
      }),
    );
    channel.close();
    // The browser wakes us again, later and later.
    if (outcome?.kind === "later") throw new Error("not all is sent");
  } finally {
    store.close();
  }
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

self.addEventListener("message", (event) => {
  if (event.data === "use") event.waitUntil(self.skipWaiting());
  if (event.data === "warm") event.waitUntil(warm());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(shell(request));
  else if (url.pathname.startsWith("/assets/") || FILES.includes(url.pathname)) event.respondWith(known(url.pathname).then((found) => found ?? fetch(request)));
});

self.addEventListener("sync", (event) => {
  const { tag, waitUntil } = event as ExtendableEvent & { tag: string };
  if (tag === "outbox") waitUntil.call(event, send());
});

/** A message says only of what kind there is something new: the app fetches it. Its words are in the language of who has the phone. */
async function woken(kind: string): Promise<void> {
  const channel = new BroadcastChannel("grid-dispatch-phone");
  channel.postMessage("woken");
  channel.close();
  let language: "en" | "zh" = "en";
  try {
    const store = await openStore();
    if ((await kept<KeptAccount>(store, KEYS.account))?.language === "zh") language = "zh";
    store.close();
  } catch {
    // a phone whose store does not open is woken all the same
  }
  const sentence = kind === "offer" ? push["push.offer"] : kind === "changes" ? push["push.changes"] : push["push.other"];
  await self.registration.showNotification(push["push.from"][language], { body: sentence[language], data: PAGE, icon: "/phone/icon-192.png", tag: kind });
}

self.addEventListener("push", (event) => {
  let kind = "";
  try {
    kind = String((event.data?.json() as { kind?: unknown } | null)?.kind ?? "");
  } catch {
    // that it came at all says that there is something
  }
  event.waitUntil(woken(kind));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path = String(event.notification.data);
  event.waitUntil(
    (async () => {
      const [open] = await self.clients.matchAll({ type: "window" });
      if (!open) return void (await self.clients.openWindow(path));
      await open.focus();
    })(),
  );
});
