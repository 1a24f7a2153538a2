import { api, ask, type Schemas } from "../../shared/client";
import { serviceArea } from "../../shared/area.svelte";
import { plans } from "../../shared/roles";
import { session } from "../../shared/session.svelte";

/** What technicians' phones tell the console: work that came too late, what was lost with a phone's store, and who has not seen what changed. */
class Phones {
  conflicts = $state.raw<Schemas["ConflictOut"][]>([]);
  losses = $state.raw<Schemas["LossOut"][]>([]);
  unseen = $state.raw<Schemas["UnseenOut"][]>([]);
  /** By technician, how many changes were not seen. */
  unseenOf = $derived.by(() => {
    const counts = new Map<string, number>();
    for (const one of this.unseen) counts.set(one.technicianId, (counts.get(one.technicianId) ?? 0) + 1);
    return counts;
  });

  async loadConflicts(): Promise<void> {
    const area = serviceArea.id;
    if (!plans(session.role)) return;
    const found = await ask(api.GET("/api/areas/{area_id}/phone-conflicts", { params: { path: { area_id: area } } })).catch(() => null);
    if (found && area === serviceArea.id) this.conflicts = found;
  }

  async loadLosses(): Promise<void> {
    const area = serviceArea.id;
    if (!plans(session.role)) return;
    const found = await ask(api.GET("/api/areas/{area_id}/lost-stores", { params: { path: { area_id: area } } })).catch(() => null);
    if (found && area === serviceArea.id) this.losses = found;
  }

  async loadUnseen(): Promise<void> {
    const area = serviceArea.id;
    if (!plans(session.role)) return;
    const found = await ask(api.GET("/api/areas/{area_id}/unseen-changes", { params: { path: { area_id: area } } })).catch(() => null);
    if (found && area === serviceArea.id) this.unseen = found;
  }

  async settle(actId: string): Promise<void> {
    await ask(api.POST("/api/phone-conflicts/{act_id}/settle", { params: { path: { act_id: actId } } }));
    this.conflicts = this.conflicts.filter((one) => one.id !== actId);
  }

  async settleLoss(id: string): Promise<void> {
    await ask(api.POST("/api/lost-stores/{loss_id}/settle", { params: { path: { loss_id: id } } }));
    this.losses = this.losses.filter((one) => one.id !== id);
  }

  clear(): void {
    this.losses = [];
    this.conflicts = [];
    this.unseen = [];
  }
}

export const phones = new Phones();
