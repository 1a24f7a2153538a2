import { api, ask, sentence } from "../../shared/client";

/** Being woken for urgent work, where the browser can be. */
class Push {
  on = $state(false);
  busy = $state(false);
  problem = $state("");
  readonly possible = isSecureContext && "PushManager" in globalThis && "serviceWorker" in navigator && "Notification" in globalThis;

  async start(): Promise<void> {
    if (this.possible) this.on = (await (await navigator.serviceWorker.getRegistration("/technician"))?.pushManager.getSubscription()) != null;
  }

  async toggle(): Promise<void> {
    this.busy = true;
    this.problem = "";
    try {
      const registration = await navigator.serviceWorker.ready;
      const had = await registration.pushManager.getSubscription();
      if (had) {
        await ask(api.DELETE("/api/mobile/push", { params: { query: { endpoint: had.endpoint } } }));
        await had.unsubscribe();
        this.on = false;
      } else if ((await Notification.requestPermission()) === "granted") {
        const { key } = await ask(api.GET("/api/mobile/push", {}));
        const made = (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })).toJSON();
        const keys = { p256dh: made.keys?.["p256dh"] ?? "", auth: made.keys?.["auth"] ?? "" };
        await ask(api.POST("/api/mobile/push", { body: { subscription: { endpoint: made.endpoint ?? "", keys } } }));
        this.on = true;
      }
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.busy = false;
    }
  }
}

export const push = new Push();
void push.start();
