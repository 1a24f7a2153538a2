import { Problem } from "../../shared/client";
import { add, change, HELD, undo } from "../outbox/outbox";
import type { Runner } from "../outbox/runner";
import { keepPhoto, type TakenPhoto } from "../outbox/taking";
import { PhoneFull, saveAct } from "../store/room";
import type { Act, PhotoKind, Point, StoredAct } from "../store/rows";
import { t, word } from "../words";
import type { Held } from "./held.svelte";

/** What was seen beside an act. */
export interface More {
  point?: Point | null;
  accuracy?: number | null;
  photos?: string[];
}
export interface AboutPhoto {
  orderId: string;
  kind: PhotoKind;
  point?: Point | null;
  accuracy?: number | null;
}

/** Acts and photos: kept for good before anything is shown, sent by the runner. */
export class Acting {
  constructor(
    readonly held: Held,
    readonly runner: Runner,
  ) {}

  async act(orderId: string, act: Act, more: More = {}): Promise<StoredAct> {
    const { held } = this;
    const account = held.account;
    if (!account) throw new Problem(0, "store_unusable", t("store_unusable"));
    const made = {
      account: account.id, lane: orderId, act: $state.snapshot(act) as Act, at: new Date(held.now()).toISOString(),
      skew: held.trial() || !held.lastContact ? null : held.skewSeconds, point: more.point ?? null, accuracy: more.accuracy ?? null, photos: more.photos ?? [],
    };
    let row: StoredAct;
    try {
      row = await held.into((store) => saveAct(store, () => add(store, made)));
      held.full = false;
    } catch (error) {
      held.full = error instanceof PhoneFull;
      throw new Problem(0, held.full ? "phone_full" : "store_unusable", t(held.full ? "phone_full_act" : "store_unusable"));
    }
    held.acts = [...held.acts, row];
    if (row.photos.length) held.photos = held.photos.map((photo) => (row.photos.includes(photo.id) ? { ...photo, actId: row.id } : photo));
    held.tell("changed");
    this.runner.wake();
    const heldBack = HELD[act.type];
    if (heldBack) this.runner.wakeIn(heldBack + 50);
    return row;
  }

  async undo(actId: string): Promise<boolean> {
    const { held } = this;
    const done = held.store ? await undo(held.store, actId).catch(() => false) : false;
    await held.read();
    held.tell("changed");
    return done;
  }

  async retry(actId: string): Promise<void> {
    const { held } = this;
    if (held.store) await change(held.store, actId, ["refused"], { state: "here", code: null, detail: null, settledAt: null });
    await held.read();
    this.runner.wake();
  }

  async handOver(actId: string): Promise<void> {
    const { held } = this;
    const row = held.acts.find((one) => one.id === actId && one.state === "refused");
    if (!row || !held.store) return;
    const evidence = { actId: row.id, act: row.act, point: row.point, phoneOccurredAt: row.at, code: row.code };
    await this.act(row.lane, { type: "noted", note: t("handed_over", { what: word("do", row.act.type), why: row.detail ?? row.code ?? "" }).slice(0, 2000), evidence }, { photos: row.photos });
    await change(held.store, actId, ["refused"], { state: "accepted", code: "handed_over", photos: [] });
    await held.read();
    this.runner.wake();
  }

  async photograph(file: Blob, about: AboutPhoto): Promise<TakenPhoto> {
    const { held } = this;
    const account = held.account;
    if (!account) throw new Problem(0, "store_unusable", t("store_unusable"));
    try {
      const at = new Date(held.now()).toISOString();
      const taken = await held.into((store) => keepPhoto(store, file, { ...about, account: account.id, at }));
      await held.read();
      return taken;
    } catch (error) {
      if (error instanceof PhoneFull) throw new PhoneFull(t("phone_full"));
      throw new Problem(0, "no_picture", t("no_picture"));
    }
  }

  async pictureOf(photoId: string): Promise<string | null> {
    const bytes = await this.held.store?.get("bytes", photoId).catch(() => undefined);
    return bytes ? URL.createObjectURL(new Blob([bytes.data], { type: "image/jpeg" })) : null;
  }

  async dropPhoto(photoId: string): Promise<void> {
    const { held } = this;
    const photo = held.photos.find((one) => one.id === photoId);
    if (!held.store || !photo || photo.actId) return;
    await held.store.delete("photos", photoId);
    await held.store.delete("bytes", photoId);
    await held.read();
  }
}
