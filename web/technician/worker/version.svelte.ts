const LOOK_EVERY = 6 * 3600_000;

/** Which version of the app runs, and whether a newer one waits. A waiting one is used when a person says so, or when no page is open. */
export class AppVersion {
  ready = $state(false);
  #registration: ServiceWorkerRegistration | null = null;

  async start(): Promise<void> {
    if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
    try {
      const registration = await navigator.serviceWorker.register("/phone-worker.js", { scope: "/technician", updateViaCache: "none" });
      this.#registration = registration;
      this.#look(registration);
      registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", () => this.#look(registration)));
      setInterval(() => void registration.update().catch(() => undefined), LOOK_EVERY);
    } catch {
      // A browser that refuses a worker shows the page from the network.
    }
  }

  #look(registration: ServiceWorkerRegistration): void {
    this.ready = registration.waiting !== null && navigator.serviceWorker.controller !== null;
  }

  /** Load the parts that are not needed for the first screen, now that it is there. */
  warm(): void {
    if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
    // On the first visit there is no worker yet, and perhaps no second visit before the basement.
    void navigator.serviceWorker.ready.then((registration) => registration.active?.postMessage("warm"));
  }

  /** Ask whether there is a newer version; without a worker the page itself is loaded anew when it is next opened. */
  look(): void {
    void this.#registration?.update().catch(() => undefined);
  }

  apply(): void {
    const waiting = this.#registration?.waiting;
    if (!waiting) return;
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    waiting.postMessage("use");
  }
}
