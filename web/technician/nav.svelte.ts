import { phone } from "./phone.svelte";

/** The forms that say more than one tap can. */
export type Sheet = "contacted" | "rebooked" | "arrived" | "nobody_home" | "suspension_requested" | "parts" | "return_requested" | "help" | "further_fault";
export type Screen =
  | { name: "today" }
  | { name: "visit" | "complete"; orderId: string }
  | { name: "sheet"; orderId: string; sheet: Sheet }
  | { name: "unsent" | "map" | "mine" };

/** How long a new screen does not answer to a finger: the second tap of a double tap was meant for the old one. */
const DEAD_MS = 400;
const TODAY: Screen = { name: "today" };

function isScreen(value: unknown): value is Screen {
  return typeof value === "object" && value !== null && "name" in value;
}

/** Which screen is shown. The browser's back button, the phone's back gesture and a restart all know it. */
class Nav {
  screen = $state.raw<Screen>(TODAY);
  /** True for a moment after the screen, or what its button does, has changed. */
  dead = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #depth = 0;

  /** Begin where the person was before the app was closed or killed. Returns how to stop. */
  start(): () => void {
    const kept = phone.place;
    history.replaceState({ screen: TODAY, depth: 0 }, "");
    this.screen = TODAY;
    this.#depth = 0;
    if (isScreen(kept) && kept.name !== "today") {
      if (kept.name === "sheet" || kept.name === "complete") this.#push({ name: "visit", orderId: kept.orderId });
      this.#push(kept);
    }
    const moved = (event: PopStateEvent): void => {
      const state = event.state as { screen?: unknown; depth?: number } | null;
      this.#depth = state?.depth ?? 0;
      this.#show(isScreen(state?.screen) ? state.screen : TODAY);
    };
    addEventListener("popstate", moved);
    return () => removeEventListener("popstate", moved);
  }

  go(screen: Screen): void {
    if (screen.name === "today" && this.#depth > 0) return history.go(-this.#depth);
    this.#push(screen);
  }

  /** Another screen in the place of this one: back does not lead to what is over. */
  replace(screen: Screen): void {
    history.replaceState({ screen, depth: this.#depth }, "");
    this.#show(screen);
  }

  back(): void {
    if (this.#depth > 0) history.back();
    else this.replace(TODAY);
  }

  /** What the button does has changed under the thumb. */
  calm(): void {
    this.dead = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.dead = false), DEAD_MS);
  }

  #push(screen: Screen): void {
    this.#depth += 1;
    history.pushState({ screen, depth: this.#depth }, "");
    this.#show(screen);
  }

  #show(screen: Screen): void {
    this.screen = screen;
    this.calm();
    void phone.goTo(screen);
    scrollTo(0, 0);
  }
}

export const nav = new Nav();
