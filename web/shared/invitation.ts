const LINK = /^#invite=([\w-]+)$/;

/** The secret of the one-time link that this page was opened with; it stands behind the `#`, which no server sees. */
export function invitation(): string | null {
  return LINK.exec(location.hash)?.[1] ?? null;
}

/** Take the secret out of the address once it has done its work. */
export function forgetInvitation(): void {
  if (invitation()) history.replaceState(history.state, "", location.pathname + location.search);
}
