/** SHA-256 in hex. Over plain http a browser has no digest of its own: a library comes for it then. */
export async function sha256(data: ArrayBuffer): Promise<string> {
  const digest = globalThis.crypto.subtle ? new Uint8Array(await crypto.subtle.digest("SHA-256", data)) : (await import("@noble/hashes/sha2.js")).sha256(new Uint8Array(data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
