import { serviceArea } from "../shared/area.svelte";
import { session } from "../shared/session.svelte";
import { areaMap } from "./areaMap.svelte";
import { canSee, TABS, type Tab } from "./orders";
import { workday } from "./workday.svelte";

/** What of the area and the day is on the screen: the tab, the panel beside it, and what is chosen. */
class Screen {
  tab = $state<Tab>("orders");
  tabs = $derived(TABS.filter((tab) => canSee(tab, session.role)));
  orderId = $state<string | null>(null);
  technicianId = $state<string | null>(null);
  gridId = $state<string | null>(null);
  planOpen = $state(false);
  /** The event of the order's life that somebody was led to. */
  eventId = $state<string | null>(null);
  /** The page of the manager's room that led here, as its query; null where none did. */
  room = $state<string | null>(null);
  /** Whom or which order a repair of the day is about, until somebody starts or closes it. */
  repair = $state.raw<{ technicianId?: string; orderId?: string } | null>(null);
  /** What the work side of the page shows. */
  arrange = $state<"both" | "map" | "timeline">("both");

  /** Nothing is chosen. */
  clear(): void {
    this.orderId = this.technicianId = this.gridId = null;
    this.planOpen = false;
    this.room = this.eventId = null;
  }

  selectOrder(id: string | null): void {
    this.orderId = id;
    this.eventId = null;
    if (!id) return;
    // A large day is still being read when its routes are there already.
    const point = workday.orders.get(id)?.point ?? workday.routes?.routes.flatMap((route) => route.stops).find((stop) => stop.orderId === id)?.point;
    if (point) areaMap.flyTo([point as number[]]);
  }

  selectTechnician(id: string | null): void {
    this.technicianId = this.technicianId === id ? null : id;
    const route = workday.routes?.routes.find((found) => found.technicianId === this.technicianId);
    areaMap.flyTo([route?.startPoint, route?.endPoint, ...(route?.stops.map((stop) => stop.point) ?? [])].flatMap((point) => (point ? [point as number[]] : [])));
  }

  /** Where we are, in the address, so that a reload or a new sign-in comes back here. */
  address(): string {
    const query = new URLSearchParams();
    if (serviceArea.current) query.set("area", serviceArea.current.code);
    if (workday.day && workday.day !== serviceArea.today) query.set("day", workday.day);
    if (this.tab !== "orders") query.set("tab", this.tab);
    if (this.orderId) query.set("order", this.orderId);
    if (this.orderId && this.eventId) query.set("event", this.eventId);
    if (this.orderId && this.room) query.set("room", this.room);
    const text = query.toString();
    return location.pathname + (text ? `?${text}` : "");
  }
}

export const screen = new Screen();
