import { serviceArea } from "../shared/area.svelte";
import { api, ask, sentence, type Schemas } from "../shared/client";
import { toast } from "../shared/toast.svelte";
import { answered, nextQuestion, takenBack, type Answers, type Asked } from "./script";
import { t, word } from "./words";

/** The call at hand: who is called, what was answered so far, and the agent's day. */
class Calling {
  call = $state.raw<Schemas["CallOut"] | null>(null);
  subscriber = $state.raw<Schemas["SubscriberOut"] | null>(null);
  answers = $state.raw<Answers>({});
  /** True once somebody asked for a call and there was none. */
  empty = $state(false);
  day = $state.raw<Schemas["DeskDay"] | null>(null);
  problem = $state("");
  busy = $state(false);
  #kept: Promise<unknown> = Promise.resolve();

  get visited(): boolean {
    return this.call?.completedHow === "visit";
  }
  get asked(): Asked | null {
    return nextQuestion(this.answers, this.visited);
  }
  get reasons(): Schemas["ReasonOut"][] {
    return serviceArea.reasonsOf("dissatisfaction");
  }

  /** After the page was opened or reloaded: the call that is held, and the day. */
  async open(): Promise<void> {
    await this.#doing(async () => {
      this.#show(await ask(api.GET("/api/areas/{area_id}/desk/call", { params: { path: { area_id: serviceArea.id } } })));
      this.empty = false;
      await this.#loadDay();
    });
  }
  async next(): Promise<void> {
    if (this.call) return;
    await this.#doing(async () => {
      this.#show(await ask(api.POST("/api/areas/{area_id}/desk/next", { params: { path: { area_id: serviceArea.id } } })));
      if (!this.call) await this.#loadDay();
    });
  }
  press(digit: number): void {
    const asked = this.asked;
    if (this.call && asked) this.put(answered(this.answers, asked, digit, this.reasons.map((one) => one.code)));
  }
  back(): void {
    this.put(takenBack(this.answers, this.visited));
  }
  /** Answer, and keep it on the server: a reload or a colleague goes on from here. */
  put(answers: Answers): void {
    const call = this.call;
    if (!call || answers === this.answers) return;
    this.answers = answers;
    const params = { path: { order_id: call.orderId } };
    const send = (): Promise<unknown> => ask(api.PUT("/api/orders/{order_id}/callback-draft", { params, body: { answers } }));
    this.#kept = this.#kept.then(send).catch((error: unknown) => (this.problem = sentence(error)));
  }
  async record(): Promise<void> {
    const { call, answers } = this;
    if (!call || !answers.reached || this.asked) return;
    await this.#doing(async () => {
      await this.#kept;
      const { reached, solved, satisfaction, onTime, attitude, tidy, wantsComplaint } = answers;
      const was = reached === "answered";
      const body: Schemas["AttemptIn"] = {
        reached: reached!, solved: was ? solved : null, satisfaction: was ? satisfaction : null, reasons: was ? (answers.reasons ?? []) : [],
        onTime, attitude, tidy, wantsComplaint: wantsComplaint ?? false, note: answers.note?.trim() || null,
      };
      const done = await ask(api.POST("/api/orders/{order_id}/callbacks", { params: { path: { order_id: call.orderId } }, body }));
      toast.say(word("found", done.verdict, { number: call.number }));
      this.#clear();
      await this.#loadDay();
    });
  }
  async giveBack(): Promise<void> {
    const call = this.call;
    if (!call) return;
    await this.#doing(async () => {
      await this.#kept;
      await ask(api.POST("/api/orders/{order_id}/callback-hand-over", { params: { path: { order_id: call.orderId } }, body: { toAccountId: null } }));
      toast.say(t("desk_gave_back", { number: call.number }));
      this.#clear();
      await this.#loadDay();
    });
  }
  /** What awaits, again; a look that fails leaves the last one standing. */
  async look(): Promise<void> {
    if (!this.busy && !this.call) await this.#loadDay().catch(() => undefined);
  }
  /** Somebody else may sit down. */
  close(): void {
    this.#clear();
    this.day = null;
    this.problem = "";
  }

  #clear(): void {
    this.call = this.subscriber = null;
    this.answers = {};
    this.empty = false;
  }
  #show(next: Schemas["NextCall"]): void {
    this.call = next.call ?? null;
    this.answers = (next.call?.draft ?? {}) as Answers;
    this.empty = !next.call;
    this.subscriber = null;
    if (next.call) {
      const id = next.call.orderId;
      ask(api.GET("/api/orders/{order_id}/subscriber", { params: { path: { order_id: id } } }))
        .then((found) => this.call?.orderId === id && (this.subscriber = found))
        .catch((error: unknown) => (this.problem = sentence(error)));
    }
  }
  async #loadDay(): Promise<void> {
    this.day = await ask(api.GET("/api/areas/{area_id}/desk/day", { params: { path: { area_id: serviceArea.id } } }));
  }
  async #doing(what: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = "";
    try {
      await what();
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.busy = false;
    }
  }
}

export const calling = new Calling();
