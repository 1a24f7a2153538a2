import { api, ask, onExpired, Problem, setCsrf, type Schemas } from "./client";
import { setLanguage } from "./i18n.svelte";

/** Who is signed in on this page. */
class Session {
  account = $state.raw<Schemas["AccountOut"] | null>(null);
  phase = $state<"starting" | "signed-out" | "signed-in" | "unreachable">("starting");
  /** True where the session ended by itself while somebody worked. */
  expired = $state(false);
  #left: () => void = () => undefined;

  /** The role of the account; empty where nobody is signed in. */
  get role(): string {
    return this.account?.role ?? "";
  }

  /** Ask the server who is signed in. `left` is called whenever that person has signed out or the session has ended. */
  async start(left: () => void): Promise<void> {
    this.#left = left;
    onExpired(() => {
      // The address stays as it is, so that signing in again comes back to the same area, day and order.
      if (this.phase !== "signed-in") return;
      this.#leave();
      this.expired = true;
    });
    this.phase = "starting";
    try {
      const me = await ask(api.GET("/api/me", {}));
      if (me.csrfToken) this.begin({ account: me.account, csrfToken: me.csrfToken });
      else this.phase = "signed-out";
    } catch (error) {
      this.phase = error instanceof Problem && error.status === 401 ? "signed-out" : "unreachable";
    }
  }

  /** Somebody has signed in. */
  begin(signedIn: { account: Schemas["AccountOut"]; csrfToken: string }): void {
    setCsrf(signedIn.csrfToken);
    this.account = signedIn.account;
    this.expired = false;
    if (!localStorage.getItem("language") && signedIn.account.language === "zh") setLanguage("zh");
    this.phase = "signed-in";
  }

  async signOut(): Promise<void> {
    await ask(api.POST("/api/sign-out", {})).catch(() => undefined);
    this.#leave();
    history.replaceState(null, "", location.pathname);
  }

  #leave(): void {
    this.phase = "signed-out";
    setCsrf("");
    this.#left();
    this.account = null;
  }
}

export const session = new Session();
