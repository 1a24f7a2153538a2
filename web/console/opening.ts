/** The console is opened, goes to another area, and is closed. */
import { serviceArea, type Area } from "../shared/area.svelte";
import { toast } from "../shared/toast.svelte";
import { areaMap } from "./areaMap.svelte";
import { changes } from "./changes";
import type { Tab } from "./orders";
import { orderList } from "./queue/orderList.svelte";
import { outages } from "./outages/outages.svelte";
import { selection } from "./queue/selection.svelte";
import { screen } from "./screen.svelte";
import { workday } from "./workday.svelte";

/** Begin where the address says. */
export async function open(): Promise<void> {
  if (!(await serviceArea.load())) return;
  const wanted = new URLSearchParams(location.search);
  const area = serviceArea.all.find((found) => found.code === wanted.get("area")) ?? serviceArea.all[0];
  if (!area) return;
  const loading = chooseArea(area, wanted.get("day"));
  // Before the lists are there: whoever is quicker than the server must not be taken back to where the address was.
  const tab = wanted.get("tab") as Tab | null;
  if (tab && screen.tabs.includes(tab)) screen.tab = tab;
  else if (!screen.tabs.includes(screen.tab)) screen.tab = screen.tabs[0] ?? "orders";
  screen.orderId = wanted.get("order");
  screen.eventId = wanted.get("event");
  screen.room = wanted.get("room");
  await loading;
}

/** Go to an area, and to a day of it: today where none is named. */
export async function chooseArea(area: Area, day: string | null = null): Promise<void> {
  changes.forget();
  serviceArea.enter(area);
  screen.orderId = screen.technicianId = screen.gridId = screen.room = screen.eventId = null;
  workday.clear();
  orderList.found.clear();
  areaMap.load();
  await serviceArea.watch((told) => changes.note(told));
  if (area.id !== serviceArea.id) return;
  await workday.choose(day && /^\d{4}-\d\d-\d\d$/.test(day) ? day : serviceArea.today);
}

/** Somebody leaves: nothing of theirs stays. */
export function close(): void {
  changes.forget();
  serviceArea.close();
  workday.clear();
  screen.clear();
  selection.clear();
  outages.clear();
  toast.clear();
}
