import { serviceArea } from "../../shared/area.svelte";
import type { Schemas } from "../../shared/client";
import { judge } from "../outbox/answers";
import { areaKey, keep, kept, KEYS, routeKey, streetsKey, type KeptArea, type KeptRoute, type KeptStreets, type Route } from "../store/keeping";
import { saveAct } from "../store/room";
import { t } from "../words";
import type { Held } from "./held.svelte";

const ROUTE_EVERY = 60_000;
const TICK = 5000;

/** The route of the day and its area: read when the phone is opened and every minute, kept, and locked when it is over. */
export class Today {
  #timer: ReturnType<typeof setInterval> | undefined;
  #jitter: ReturnType<typeof setTimeout> | undefined;
  #lastTick = Date.now();

  /** `leftOut`: the server no longer knows who asks. `contact`: it does. */
  constructor(
    readonly held: Held,
    readonly leftOut: (wipe: boolean) => Promise<void>,
    readonly contact: () => void,
  ) {}

  start(): void {
    this.lock();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.#tick(), TICK);
    void this.#loadArea();
    void this.load();
  }
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Read the route again. */
  async load(): Promise<void> {
    const { held } = this;
    const [store, account] = [held.store, held.account];
    if (!store || !account) return;
    const before = await kept<KeptRoute>(store, routeKey(account.id)).catch(() => null);
    const headers: Record<string, string> = before?.etag ? { "If-None-Match": before.etag } : {};
    const answer = await held.wire("/api/mobile/route", { method: "GET", headers }).catch(() => null);
    held.unreachable = !answer;
    if (held.account?.id !== account.id || !held.store) return;
    if (!answer) held.problem = held.route ? "" : t("no_connection");
    else if (answer.status === 304 && before) await this.#keep({ ...before, at: Date.now() });
    else {
      const verdict = judge(answer.status, answer.headers, answer.text, "stops");
      if (verdict.kind === "taken") {
        await this.#keep({ route: verdict.body as unknown as Route, etag: answer.headers.get("ETag") ?? "", at: Date.now() });
      } else if (verdict.kind === "signed_out") await this.leftOut(verdict.wipe);
      else if (verdict.kind === "refused") held.problem = verdict.detail;
      else held.unreachable = true;
    }
  }

  async #keep(found: KeptRoute): Promise<void> {
    const { held } = this;
    const [store, account] = [held.store, held.account];
    if (!store || !account) return;
    held.problem = "";
    await saveAct(store, () => keep(store, routeKey(account.id), found)).catch(() => undefined);
    await keep(store, KEYS.contact, found.at).catch(() => undefined);
    held.signedOut = false;
    await held.read();
    // A full phone could not keep it; it is shown all the same.
    if ((held.routeAt ?? 0) < found.at) [held.route, held.routeAt] = [found.route, found.at];
    held.lastContact = found.at;
    this.lock();
    held.tell("changed");
    this.contact();
  }

  /** The streets along the route, from this phone where they were asked for before; null where nobody can say now. */
  async streets(): Promise<number[][] | null> {
    const { held } = this;
    const { store, account, route } = held;
    if (!store || !account || !route) return null;
    const through = route.stops.map((stop) => stop.orderId).join();
    const before = await kept<KeptStreets>(store, streetsKey(account.id)).catch(() => null);
    if (before?.through === through) return before.line;
    const path = `/api/areas/${serviceArea.id}/routes?technicianId=${route.technicianId}`;
    const answer = await held.wire(path, { method: "GET" }).catch(() => null);
    if (!answer) return null;
    const verdict = judge(answer.status, answer.headers, answer.text, "routes");
    if (verdict.kind !== "taken") return null;
    const line = (verdict.body as unknown as Schemas["RoutesOut"]).routes[0]?.line?.coordinates as number[][] | undefined;
    if (!line?.length) return null;
    await keep(store, streetsKey(account.id), { through, line } satisfies KeptStreets).catch(() => undefined);
    return line;
  }

  async #loadArea(): Promise<void> {
    const { held } = this;
    const account = held.account;
    if (!(await serviceArea.load())) return;
    const area = serviceArea.all[0];
    if (!area || !account || account.id !== held.account?.id) return;
    await serviceArea.enter(area);
    if (held.store && account.id === held.account?.id) {
      const { clock, faultTypes, reasons } = serviceArea;
      await keep(held.store, areaKey(account.id), $state.snapshot({ area, clock, faultTypes, reasons }) satisfies KeptArea).catch(() => undefined);
    }
  }

  /** Beyond the time that the server allows, customers' data are taken off the phone; acts stay and can still be sent. */
  lock(): void {
    const { held } = this;
    const until = held.route?.offlineUntil;
    const now = held.trial() ? held.now() : Date.now() - held.skewSeconds * 1000;
    if (until && serviceArea.clock && Date.parse(until) < now && held.account && held.store) {
      held.route = null;
      held.routeAt = null;
      held.locked = true;
      void held.store.delete("kept", routeKey(held.account.id));
    } else if (held.route) held.locked = false;
  }

  async #tick(): Promise<void> {
    const { held } = this;
    const now = Date.now();
    const ran = now - this.#lastTick;
    this.#lastTick = now;
    // The clock was set back: what was measured before holds no more, and is known by how far it jumped.
    if (ran < -60_000 && held.store && !held.trial()) {
      held.skewSeconds = Math.round(held.skewSeconds + (ran - TICK) / 1000);
      await keep(held.store, KEYS.skew, held.skewSeconds).catch(() => undefined);
    }
    this.lock();
    const age = now - Math.max(held.routeAt ?? 0, 0);
    if (document.visibilityState === "visible" && (age > ROUTE_EVERY || age < 0) && !held.signedOut) {
      this.#jitter ??= setTimeout(() => {
        this.#jitter = undefined;
        void this.load();
      }, Math.random() * 20_000);
    }
  }
}
