import { phone } from "./phone.svelte";

/** Whether the subscriber of this order was called from this phone. */
export function called(orderId: string): boolean {
  return phone.rows.some((row) => row.orderId === orderId && row.type === "contacted" && row.state !== "refused");
}
