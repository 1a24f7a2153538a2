import { api, ask, sentence, type Schemas } from "../../shared/client";
import { serviceArea } from "../../shared/area.svelte";
import { session } from "../../shared/session.svelte";
import { areaMap } from "../areaMap.svelte";
import { changes } from "../changes";
import { workday } from "../workday.svelte";

export type Outage = Schemas["OutageOut"];
export type Story = Schemas["OutageStory"];
export type Decision = "confirm" | "dismiss" | "move" | "restore";

/** The living outages of the area, the one that is open, and the area that somebody draws for one. */
class Outages {
  all = $state.raw<Outage[]>([]);
  phase = $state<"loading" | "ready" | "error">("loading");
  problem = $state("");
  openId = $state<string | null>(null);
  story = $state.raw<Story | null>(null);
  storyProblem = $state("");
  /** The corners drawn so far. */
  ring = $state.raw<[number, number][]>([]);
  drawing = $state(false);
  #turn = 0;

  counted = $derived(this.all.filter((one) => one.status !== "restored" || one.called < one.sampled).length);

  async load(): Promise<void> {
    const turn = ++this.#turn;
    const area = serviceArea.id;
    if (!area || session.role === "technician") return;
    try {
      const page = await ask(api.GET("/api/areas/{area_id}/outages", { params: { path: { area_id: area } } }));
      if (turn !== this.#turn || area !== serviceArea.id) return;
      this.all = page.items;
      this.phase = "ready";
      if (this.openId) void this.loadStory();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.problem = sentence(error);
      this.phase = "error";
    }
  }

  open(id: string | null): void {
    this.openId = id;
    this.story = null;
    const found = this.all.find((one) => one.id === id);
    if (found?.point) areaMap.flyTo([found.point]);
    if (id) void this.loadStory();
  }
  async loadStory(): Promise<void> {
    const id = this.openId;
    if (!id) return;
    try {
      const story = await ask(api.GET("/api/outages/{outage_id}", { params: { path: { outage_id: id } } }));
      if (id !== this.openId) return;
      this.story = story;
      this.storyProblem = "";
    } catch (error) {
      if (id === this.openId) this.storyProblem = sentence(error);
    }
  }

  /** Decide about an outage as it is on the screen: refused where somebody else was quicker. */
  async decide(outage: Outage, what: Decision, body: object): Promise<Outage> {
    const params = { path: { outage_id: outage.id } };
    const where = what === "move" ? "expected-end" : what;
    return this.#acting(() =>
      ask(api.POST(`/api/outages/{outage_id}/${where}` as "/api/outages/{outage_id}/confirm", { params, headers: { "If-Match": `"${outage.version}"` }, body: body as Schemas["ConfirmIn"] })));
  }
  async declare(body: Schemas["DeclareIn"]): Promise<Outage> {
    return this.#acting(() => ask(api.POST("/api/areas/{area_id}/outages", { params: { path: { area_id: serviceArea.id } }, body: body as never })));
  }
  async answer(outage: Outage, orderId: string, answer: Schemas["OutageAnswerIn"]["answer"]): Promise<Outage> {
    return this.#acting(() => ask(api.POST("/api/outages/{outage_id}/answers", { params: { path: { outage_id: outage.id } }, body: { orderId, answer } })));
  }
  async add(outage: Outage, orderIds: string[]): Promise<Outage> {
    return this.#acting(() => ask(api.POST("/api/outages/{outage_id}/orders", { params: { path: { outage_id: outage.id } }, body: { orderIds } })));
  }
  async release(outage: Outage, orderId: string): Promise<Outage> {
    return this.#acting(() => ask(api.POST("/api/outages/{outage_id}/orders/{order_id}/release", { params: { path: { outage_id: outage.id, order_id: orderId } } })));
  }
  async #acting(work: () => Promise<Outage>): Promise<Outage> {
    try {
      return await changes.whileActing(work);
    } finally {
      void Promise.all([this.load(), workday.loadOrders(), workday.loadRoutes(), workday.loadWorklists()]);
    }
  }

  /** Each click on the map adds a corner, until somebody says that it is enough. */
  draw(): void {
    this.ring = [];
    this.drawing = true;
    areaMap.picking = (corner) => (this.ring = [...this.ring, corner]);
  }
  drawn(): void {
    if (!this.drawing) return;
    this.drawing = false;
    areaMap.picking = null;
  }

  clear(): void {
    this.#turn++;
    this.all = [];
    this.phase = "loading";
    this.openId = null;
    this.story = null;
    this.ring = [];
  }
}

export const outages = new Outages();
