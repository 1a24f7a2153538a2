import { api, ask, Problem, randomId, sentence, type Schemas } from "../../shared/client";
import { session } from "../../shared/session.svelte";
import type { Order } from "../orders";
import { serviceArea } from "../../shared/area.svelte";

export type Checks = Schemas["ChecksOut"];

const EMPTY = {
  phone: "", name: "", address: "", point: null as [number, number] | null, fault: "", urgent: false, tier: "ordinary",
  description: "", access: "", day: "", from: "", until: "", repeatOf: null as string | null,
};
export type Typed = typeof EMPTY;

/**
 * A report while it is typed. It outlives the panel, the page and the network: what was typed is kept in this tab until
 * it is saved or thrown away, and sending it twice makes one order.
 */
class Draft {
  typed = $state<Typed>({ ...EMPTY });
  checks = $state.raw<Checks | null>(null);
  checking = $state(false);
  /** The confirmed outage that the report would join. */
  outage = $state.raw<Schemas["OutageOut"] | null>(null);
  phase = $state<"typing" | "sending" | "unsent">("typing");
  problem = $state("");
  #area = "";
  #who: string | undefined;
  #sent = { content: "", key: "" };
  #turn = 0;
  #placeChecked = $state("");

  get empty(): boolean {
    return !this.typed.phone && !this.typed.name && !this.typed.address && !this.typed.point && !this.typed.description;
  }

  #place(): string {
    return `report ${this.#area} ${this.#who}`;
  }
  /** Take up what was typed in this area before. */
  open(area: string): void {
    if (this.#area === area && this.#who === session.account?.id) return;
    this.#area = area;
    this.#who = session.account?.id;
    const kept = sessionStorage.getItem(this.#place());
    this.typed = kept ? { ...EMPTY, ...(JSON.parse(kept) as Partial<Typed>) } : { ...EMPTY };
    this.checks = null;
    this.outage = null;
    this.problem = "";
    this.phase = "typing";
  }
  /** Keep what is typed now. Another content is not the one that waits to be sent again. */
  keep(): void {
    const text = JSON.stringify(this.typed);
    if (!this.#area || text === sessionStorage.getItem(this.#place())) return;
    sessionStorage.setItem(this.#place(), text);
    if (this.phase === "unsent") this.phase = "typing";
  }
  clear(): void {
    this.#turn++;
    sessionStorage.removeItem(this.#place());
    this.typed = { ...EMPTY };
    this.checks = null;
    this.outage = null;
    this.problem = "";
    this.phase = "typing";
  }
  /** What another person typed is not this one's to see. */
  forget(): void {
    this.clear();
    this.#area = "";
  }

  #body(window: { start: string; end: string } | null): Schemas["ReportIn"] {
    const { phone, name, address, point, fault, urgent, tier, description, access, repeatOf } = this.typed;
    const said = (text: string): string | null => text.trim() || null;
    return {
      faultType: fault,
      level: urgent ? "urgent" : "normal",
      tier: tier as Schemas["Tier"],
      subscriber: { name: said(name), phones: said(phone) ? [phone.trim()] : [] },
      address: said(address),
      point,
      description: said(description),
      accessNotes: said(access),
      appointmentStart: window?.start ?? null,
      appointmentEnd: window?.end ?? null,
      repeatOfId: repeatOf,
    } as Schemas["ReportIn"];
  }

  get #where(): string {
    return JSON.stringify([this.typed.address.trim(), this.typed.point]);
  }
  /** What is known of the place that is typed now; an answer about the one before would mislead. */
  get place(): Checks["place"] | undefined {
    return this.#placeChecked === this.#where ? this.checks?.place : undefined;
  }

  /** Ask what this report may be besides itself, where it lies and when it would be due. */
  async check(windowEnd: string | null): Promise<void> {
    const turn = ++this.#turn;
    const { phone, name, address, point, fault, urgent, tier } = this.typed;
    const known = fault || serviceArea.faultTypes.find((one) => one.active)?.code;
    if (!known || !(phone.trim().length > 5 || address.trim().length > 2 || point || fault)) {
      this.checks = null;
      this.outage = null;
      return;
    }
    this.checking = true;
    const where = this.#where;
    try {
      const found = await ask(
        api.POST("/api/areas/{area_id}/orders/checks", {
          params: { path: { area_id: this.#area } },
          body: {
            faultType: known, address: address.trim() || null, point, level: urgent ? "urgent" : "normal", tier: tier as Schemas["Tier"],
            subscriber: phone.trim() ? { name: name.trim() || null, phones: [phone.trim()] } : null, appointmentEnd: windowEnd,
          },
        }));
      if (turn !== this.#turn) return;
      this.#placeChecked = where;
      this.checks = found;
      const [lon, lat] = found.place.point ?? [];
      const joined = lon === undefined ? null : await ask(api.GET("/api/areas/{area_id}/outages/known", { params: { path: { area_id: this.#area }, query: { lon, lat: lat! } } }));
      if (turn === this.#turn) this.outage = joined?.outage ?? null;
    } catch {
      // Checks are help, never a hurdle: without them the report can be saved all the same.
      if (turn === this.#turn) this.checks = null;
    } finally {
      if (turn === this.#turn) this.checking = false;
    }
  }

  /** Save it. The same content keeps its key, so that an answer that never came does not become a second order. */
  async send(window: { start: string; end: string } | null): Promise<Order | null> {
    const body = this.#body(window);
    const content = JSON.stringify(body);
    if (this.#sent.content !== content) this.#sent = { content, key: randomId() };
    this.phase = "sending";
    this.problem = "";
    try {
      const order = await ask(
        api.POST("/api/areas/{area_id}/orders", { params: { path: { area_id: this.#area } }, headers: { "Idempotency-Key": this.#sent.key }, body }));
      this.clear();
      return order;
    } catch (error) {
      this.problem = sentence(error);
      this.phase = error instanceof Problem && (error.status === 0 || error.status >= 500) ? "unsent" : "typing";
      return null;
    }
  }
}

export const draft = new Draft();
