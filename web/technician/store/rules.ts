/** What kind of phone this is for keeping things, from what its browser says. */
export interface Ground {
  secure: boolean;
  persisted: boolean;
  standalone: boolean;
  iphone: boolean;
}

/**
 * `insecure`: plain http, where no worker may run and nothing opens without a network. `install_first`: a web site on an
 * iPhone is emptied after seven days without a visit. `private`: the browser promises nothing, as a private window does.
 */
export function groundOf({ secure, persisted, standalone, iphone }: Ground): "ok" | "insecure" | "install_first" | "private" {
  if (!secure) return "insecure";
  if (iphone && !standalone) return "install_first";
  return persisted || standalone ? "ok" : "private";
}

/** Ask the browser to keep what is stored, and look what it is. */
export async function readGround(): Promise<Ground> {
  const standalone = matchMedia("(display-mode: standalone)").matches || (navigator as { standalone?: boolean }).standalone === true;
  const iphone = /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  const persisted = (await navigator.storage?.persist?.().catch(() => false)) ?? false;
  return { secure: isSecureContext, persisted, standalone, iphone };
}
