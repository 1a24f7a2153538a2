import { serviceArea } from "../shared/area.svelte";
import { api, ask } from "../shared/client";

const MOST = 50;

/** How many crossed limits nobody has acknowledged, for the tab that leads to them: asked whenever a page is opened or looked at again. */
class Waiting {
  /** As it is written, "50+" where there are more than are counted; empty where nothing waits or it is not known. */
  alerts = $state("");

  async load(): Promise<void> {
    const params = { path: { area_id: serviceArea.id }, query: { waiting: true, limit: MOST } };
    const found = await ask(api.GET("/api/areas/{area_id}/alerts", { params })).catch(() => null);
    this.alerts = !found?.items.length ? "" : `${found.items.length}${found.nextCursor ? "+" : ""}`;
  }
}
export const waiting = new Waiting();
