/** The browser's subscription to Web Push, where it has one. */
export async function subscribed(): Promise<PushSubscription | null> {
  if (!("PushManager" in globalThis)) return null;
  const registration = await globalThis.navigator?.serviceWorker?.getRegistration("/technician");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Whoever leaves a phone is not woken on it any more: the push service tells the server so at its next message. */
export async function stopWaking(): Promise<void> {
  try {
    await (await subscribed())?.unsubscribe();
  } catch {
    // The push service cannot be reached. The next person to be woken here takes the subscription over.
  }
}
