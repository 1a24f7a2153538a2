import { strictly, type Store } from "../store/database";
import { caughtUp, keep, kept, KEYS, routeKey, type KeptRoute, type OrderNow } from "../store/keeping";
import { APART, isApart, type StoredAct } from "../store/rows";
import { judge, type Verdict } from "./answers";
import { actsOf, nextBatch } from "./outbox";
import { sendPhotos } from "./photos";
import { say, skew } from "./times";
import type { Heard, Wire } from "./wire";

const MOST = 50;

export interface Surroundings {
  store: Store;
  account: string;
  wire: Wire;
  /** Milliseconds by the clock that people live by: the phone's own, or that of a trial area. */
  now: () => number;
  /** Whether that is a trial area's clock, which is never off. */
  trial: () => boolean;
  /** Ask for a fresh token against forged requests; false where nobody is signed in. */
  renew: () => Promise<boolean>;
  /** The server has taken the acts, and wants a newer version of the app. */
  tooOld?: () => void;
  /** Something in the store has changed. */
  changed: () => void;
}

/** `drained`: nothing is left that could be sent now. */
export type Outcome = { kind: "drained" } | { kind: "later"; after: number | null } | { kind: "signed_out"; wipe: boolean };

interface Answer {
  id: string;
  result: string;
  order: OrderNow | null;
  code?: string | null;
  detail?: string | null;
  evidenceKept?: boolean;
}

/** Send what can be sent: acts first, then photos. Only one page of a browser runs this at a time. */
export async function drain(at: Surroundings): Promise<Outcome> {
  const acts = await drainActs(at);
  if (acts.kind !== "drained") return acts;
  return sendPhotos(at, () => drainActs(at));
}

async function drainActs(at: Surroundings): Promise<Outcome> {
  let most = MOST;
  let renewed = false;
  for (;;) {
    const batch = nextBatch(await actsOf(at.store, at.account), Date.now(), most);
    const first = batch[0];
    if (!first) return { kind: "drained" };
    const apart = isApart(first.lane);
    // Acts of an older version of the app go as what they are.
    const verdict = apart ? await sendApart(at, first) : await sendBatch(at, batch.filter((row) => !isApart(row.lane) && row.build === first.build));
    if (verdict === "took") most = MOST;
    else if (verdict === "again") continue;
    else if (verdict.kind === "stale_token" && !renewed) {
      renewed = true;
      if (!(await at.renew())) return { kind: "signed_out", wipe: false };
    } else if (verdict.kind === "signed_out") return verdict;
    else if (verdict.kind === "refused" && batch.length > 1 && !apart) most = Math.max(1, Math.floor(Math.min(most, batch.length) / 2));
    else if (verdict.kind === "refused") await settle(at, [first], [{ id: first.id, result: "rejected", order: null, code: verdict.code, detail: verdict.detail }]);
    else return { kind: "later", after: verdict.kind === "later" ? verdict.after : null };
  }
}

async function heard(at: Surroundings, path: string, json: unknown, expected: string): Promise<{ verdict: Verdict; left: number; came: number }> {
  const left = at.now();
  const answer: Heard | null = await at.wire(path, { method: "POST", json }).catch(() => null);
  return { verdict: answer ? judge(answer.status, answer.headers, answer.text, expected) : { kind: "later", after: null }, left, came: at.now() };
}

async function sendBatch(at: Surroundings, batch: StoredAct[]): Promise<Verdict | "took" | "again"> {
  const measured = at.trial() ? null : await kept<number>(at.store, KEYS.skew);
  const said = say(batch, at.now(), measured);
  // The times that are said stay, so that a repeat is the same act; "sent" means that no receipt has come yet.
  const gone = await markSent(at.store, said.rows, said.occurredAt);
  if (!gone.length) return "again";
  at.changed();
  const acts = gone.map((row) => ({ id: row.id, orderId: row.lane, occurredAt: row.saidAt, act: row.act, point: row.point, accuracyMetres: row.accuracy, sequence: row.seq }));
  const { verdict, left, came } = await heard(at, "/api/mobile/sync", { acts, phoneTime: said.phoneTime, build: gone[0]!.build }, "answers");
  if (verdict.kind !== "taken") return verdict;
  const answers = verdict.body["answers"];
  if (!Array.isArray(answers)) return { kind: "later", after: null };
  const off = at.trial() ? null : skew(left, came, String(verdict.body["now"]));
  if (off !== null) await keep(at.store, KEYS.skew, off);
  await keep(at.store, KEYS.contact, Date.now());
  if (verdict.body["update"] === true) at.tooOld?.();
  return (await settle(at, gone, answers as Answer[], off)) ? "took" : { kind: "later", after: null };
}

async function sendApart(at: Surroundings, row: StoredAct): Promise<Verdict | "took" | "again"> {
  const [gone] = await markSent(at.store, [row], [row.saidAt ?? row.at]);
  if (!gone) return "again";
  const { act } = gone;
  const asked = gone.lane === APART.seen
    ? await heard(at, "/api/mobile/seen", { changeIds: act["changeIds"] }, "seen")
    : await heard(at, `/api/mobile/offers/${String(act["offerId"])}`, { answer: act["answer"] }, "state");
  if (asked.verdict.kind !== "taken") return asked.verdict;
  const state = asked.verdict.body["state"];
  // An offer that somebody else has taken, or that is over.
  const late = state === "gone" || state === "expired";
  const order = (asked.verdict.body["order"] as OrderNow | undefined) ?? null;
  return (await settle(at, [gone], [{ id: row.id, result: late ? "rejected" : "applied", order, code: late ? `offer.${state}` : null }])) ? "took" : { kind: "later", after: null };
}

/** Mark rows as under way; those that were taken back meanwhile are left out. */
function markSent(store: Store, rows: StoredAct[], saidAt: string[]): Promise<StoredAct[]> {
  return strictly(store, ["acts"], async (tx) => {
    const gone: StoredAct[] = [];
    for (const [index, row] of rows.entries()) {
      const now = await tx.objectStore("acts").get(row.seq);
      if (!now || (now.state !== "here" && now.state !== "sent")) continue;
      const next: StoredAct = { ...now, state: "sent", saidAt: now.saidAt ?? saidAt[index]! };
      await tx.objectStore("acts").put(next);
      gone.push(next);
    }
    return gone;
  });
}

/**
 * Write down what the server said of each act. A row without an answer stays as it is, and so does every row where the
 * writing fails: it is sent again, and the server knows it by its id. Answers how many receipts were written.
 */
async function settle(at: Surroundings, rows: StoredAct[], answers: Answer[], off: number | null = null): Promise<number> {
  const by = new Map(answers.map((answer) => [answer.id, answer]));
  try {
    return await strictly(at.store, ["acts", "kept"], async (tx) => {
      const acts = tx.objectStore("acts");
      const route = (await tx.objectStore("kept").get(routeKey(at.account))) as KeptRoute | undefined;
      let written = 0;
      let now = route?.route;
      for (const row of rows) {
        const answer = by.get(row.id);
        const settled = answer && receipt(answer, off);
        const current = settled && (await acts.get(row.seq));
        if (!settled || !current || current.state !== "sent") continue;
        await acts.put({ ...current, ...settled });
        written += 1;
        if (answer.order && now) now = caughtUp(now, answer.order);
      }
      if (route && now && now !== route.route) await tx.objectStore("kept").put({ ...route, route: now, etag: "" } satisfies KeptRoute, routeKey(at.account));
      return written;
    });
  } catch {
    return 0;
  } finally {
    at.changed();
  }
}

/** What an answer makes of a row; null where it is none that this app understands. */
function receipt(answer: Answer, off: number | null): Partial<StoredAct> | null {
  const said = { code: answer.code ?? null, detail: answer.detail ?? null, evidenceKept: answer.evidenceKept ?? false, settledAt: Date.now() };
  if (answer.result === "applied" || answer.result === "already") return { state: "accepted", ...said };
  // Nothing was stored: the act is said once more, in right times.
  if (answer.code === "mobile.clock_wrong") return off === null ? null : { state: "here", saidAt: null, skew: off };
  // Both facts are kept and the dispatcher has been told: nothing is left to do here.
  if (answer.result === "conflict" && answer.evidenceKept) return { state: "accepted", ...said };
  if (answer.result === "conflict" || answer.result === "rejected") return { state: "refused", ...said, gone: answer.order !== null && !answer.order.mine };
  return null;
}
