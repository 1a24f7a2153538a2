import { api, ask } from "../shared/client";
import { changes } from "./changes";
import type { Order } from "./orders";
import { workday } from "./workday.svelte";

/** An act on an order: its kind, and what that kind says besides. */
export type Act = Record<string, unknown> & { type: string };

/**
 * Do something to an order, and show the order as the answer has it; routes and worklists are the caller's to read again.
 * With a version it is refused (412) where somebody else was quicker.
 */
export function act(orderId: string, body: Act, version?: number): Promise<Order> {
  return changes.whileActing(async () => {
    const headers = version ? { "If-Match": `"${version}"` } : {};
    const done = await ask(api.POST("/api/orders/{order_id}/acts", { params: { path: { order_id: orderId } }, headers, body: body as never }));
    workday.put(done.order);
    return done.order;
  });
}
