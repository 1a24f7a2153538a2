import { serviceArea } from "../../shared/area.svelte";
import { setCsrf, type Schemas } from "../../shared/client";
import { accepted } from "../../shared/i18n.svelte";
import { homeOf } from "../../shared/roles";
import { judge } from "../outbox/answers";
import { wire } from "../outbox/wire";
import { areaKey, keep, kept, KEYS, placeKey, routeKey, streetsKey, type KeptAccount } from "../store/keeping";
import { wipeAll } from "../store/wipe";
import type { Held } from "./held.svelte";
import { stopWaking } from "./waking";

/** What the rest of the phone does when somebody comes, is known again, or goes. */
export interface Comings {
  enter: (account: KeptAccount) => Promise<void>;
  again: () => void;
  left: () => void;
  close: () => void;
}

/** Who has the phone: signing in and out, with and without a network, and the wiping of one that was lost. */
export class Person {
  constructor(
    readonly held: Held,
    readonly then: Comings,
  ) {}

  /** Ask the server who is signed in. */
  async who(): Promise<boolean> {
    const { held } = this;
    await this.#leave();
    if (!held.account && held.store && (await kept(held.store, KEYS.leaving)) !== null) return false;
    const answer = await held.wire("/api/me", { method: "GET", timeout: 15_000 }).catch(() => null);
    if (!answer) return false;
    const verdict = judge(answer.status, answer.headers, answer.text, "account");
    if (verdict.kind === "taken") {
      const { account, csrfToken } = verdict.body as unknown as Schemas["MeOut"];
      await this.signedIn({ account, csrfToken: csrfToken ?? "" });
      return held.account?.id === account.id;
    }
    if (verdict.kind === "signed_out") await this.leftOut(verdict.wipe);
    return false;
  }

  /** Somebody has signed in: the one who has the phone, or another person, who sees nothing of the first one's. */
  async signedIn({ account, csrfToken }: Schemas["SignedInOut"]): Promise<void> {
    if (homeOf(account.role) !== "/technician") {
      location.replace(homeOf(account.role) + location.search);
      return;
    }
    const { held } = this;
    const store = held.store;
    if (!store) return;
    const mine: KeptAccount = { id: account.id, name: account.name, language: account.language, token: csrfToken };
    const before = held.account;
    if (before && before.id !== mine.id) await this.#forget(before.id);
    await keep(store, KEYS.account, mine);
    await store.delete("kept", KEYS.leaving);
    held.signedOut = false;
    if (before?.id === mine.id && held.phase === "open") {
      held.account = mine;
      setCsrf(csrfToken);
      this.then.again();
    } else await this.then.enter(mine);
    if (!before) held.tell("account");
    void this.tellLoss();
  }

  /** Whoever has the phone leaves it. With acts or photos unsent it asks first: see `Phone.signOut`. */
  async signOut(): Promise<void> {
    const { held } = this;
    await held.drafts.flush();
    const token = held.account?.token ?? "";
    void stopWaking();
    if (held.account) await this.#forget(held.account.id);
    if (held.store) await keep(held.store, KEYS.leaving, token);
    this.nobody();
    await this.#leave();
    held.tell("account");
  }

  /** Another page has signed somebody in or out. */
  async changed(): Promise<void> {
    const { held } = this;
    const account = held.store && (await kept<KeptAccount>(held.store, KEYS.account));
    if (account?.id === held.account?.id) return;
    if (account) await this.then.enter(account);
    else this.nobody();
  }

  nobody(): void {
    this.then.left();
    this.held.empty();
    setCsrf("");
    serviceArea.close();
    this.held.phase = "nobody";
  }

  /** Tell the server of somebody who has left; without a network, at the next contact, before anything else is asked. */
  async #leave(): Promise<void> {
    const store = this.held.store;
    const token = store && (await kept<string>(store, KEYS.leaving));
    if (!store || token === null) return;
    // Until then whoever signs in does so over the session that is still there.
    setCsrf(token);
    const answer = await wire(() => token, accepted)("/api/sign-out", { method: "POST" }).catch(() => null);
    if (!answer || answer.status >= 500 || answer.status === 0) return;
    await store.delete("kept", KEYS.leaving);
    setCsrf(this.held.account?.token ?? "");
  }

  /** Remove what the phone knows of subscribers for this account; its acts, photos and drafts stay. */
  async #forget(account: string): Promise<void> {
    const store = this.held.store;
    if (!store) return;
    const tx = store.transaction("kept", "readwrite");
    for (const key of [KEYS.account, routeKey(account), areaKey(account), placeKey(account), streetsKey(account)]) await tx.store.delete(key);
    await tx.done;
  }

  // --- phones that were lost, or lost what they kept -------------------------------------------------------------

  /** The server no longer knows who asks: work goes on, sending waits. A phone that was signed out from the console is emptied. */
  async leftOut(wipe: boolean): Promise<void> {
    const { held } = this;
    // The cookie outlives the wiping: a phone that is empty has nothing left to do about it.
    if (!wipe || (await this.#empty())) {
      held.signedOut = held.account !== null;
      return;
    }
    const unsent = held.acts.filter((row) => row.state === "here" || row.state === "sent").length + held.photos.filter((photo) => photo.actId && photo.state === "waiting").length;
    await held.wire("/api/mobile/wiped", { method: "POST", json: { unsent } }).catch(() => null);
    this.then.close();
    await wipeAll();
    location.replace("/technician");
  }

  /** Tell the server that this phone lost what it kept; again at the next contact until it has heard. */
  async tellLoss(): Promise<void> {
    const { held } = this;
    if (!held.loss || !held.account) return;
    const answer = await held.wire("/api/mobile/store-lost", { method: "POST", json: { id: held.loss } }).catch(() => null);
    if (answer?.status !== 204) return;
    held.loss = null;
    await held.store?.delete("kept", KEYS.loss).catch(() => undefined);
  }

  /** Whether nothing of anybody is on this phone. */
  async #empty(): Promise<boolean> {
    const store = this.held.store;
    if (!store || this.held.account) return false;
    const counts = await Promise.all((["acts", "photos", "drafts"] as const).map((name) => store.count(name)));
    return counts.every((count) => count === 0);
  }
}
