import { deleteStore } from "./database";

/** Remove everything of this app from the phone: rows, photos, map, files of the app and its worker. */
export async function wipeAll(): Promise<void> {
  await deleteStore().catch(() => undefined);
  for (const place of [localStorage, sessionStorage]) place.clear();
  try {
    const folder = await navigator.storage.getDirectory();
    const names: string[] = [];
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
    for (const name of names) await folder.removeEntry(name, { recursive: true });
  } catch {
    // this browser has no such folder
  }
  if ("caches" in globalThis) for (const name of await caches.keys()) await caches.delete(name);
  for (const one of (await navigator.serviceWorker?.getRegistrations()) ?? []) await one.unregister();
}
