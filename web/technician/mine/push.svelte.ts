import { api, ask, sentence } from "../../shared/client";
import { subscribed } from "../phone/waking";
import { t } from "./words";

/** Without a way to its push service a browser may never answer. */
const PATIENCE_MS = 20_000;

/** Being woken for urgent work, where the browser can be. */
class Push {
  on = $state(false);
  busy = $state(false);
  problem = $state("");
  readonly possible = isSecureContext && "PushManager" in globalThis && "serviceWorker" in navigator && "Notification" in globalThis;

  async start(): Promise<void> {
    if (this.possible) this.on = (await subscribed()) != null;
  }

  async toggle(): Promise<void> {
    this.busy = true;
    this.problem = "";
    try {
      const had = await subscribed();
      if (had) await this.#stop(had);
      else if ((await Notification.requestPermission()) === "granted") await this.#begin();
      else this.problem = t("push_denied");
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.busy = false;
    }
  }

  async #begin(): Promise<void> {
    const { key } = await ask(api.GET("/api/mobile/push", {}));
    const registration = await navigator.serviceWorker.ready;
    const asked = registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }).catch(() => null);
    const made = await Promise.race([asked, new Promise<null>((done) => setTimeout(done, PATIENCE_MS, null))]);
    if (!made) {
      void asked.then((late) => late?.unsubscribe());
      this.problem = t("push_unreachable");
      return;
    }
    try {
      const { endpoint = "", keys } = made.toJSON();
      const own = { p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "" };
      await ask(api.POST("/api/mobile/push", { body: { subscription: { endpoint, keys: own } } }));
      this.on = true;
    } catch (error) {
      await made.unsubscribe(); // what the server does not know must not look as if it were on
      throw error;
    }
  }

  async #stop(had: PushSubscription): Promise<void> {
    await ask(api.DELETE("/api/mobile/push", { params: { query: { endpoint: had.endpoint } } }));
    await had.unsubscribe();
    this.on = false;
  }
}

export const push = new Push();
