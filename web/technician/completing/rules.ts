import type { Choice, Guide, Reading, TwoNames } from "../day";

/** What is filled in while completing; it is the draft, so everything in it is plain and may be absent. */
export interface Form {
  cause?: string;
  causeDetail?: string | null;
  action?: string;
  readings?: Record<string, string>;
  readingReasons?: Record<string, string>;
  materials?: Material[];
  before?: string[];
  after?: string[];
  checklist?: string[];
  strokes?: unknown[];
  signedWith?: "signature" | "code";
  code?: string;
  asked?: boolean;
  note?: string;
}
export interface Material {
  code: string;
  name: string;
  count: number;
  scanned: boolean;
}
/** A choice at the end of a branch, with the names on the way to it. */
export interface Leaf {
  code: string;
  within: string | null;
  names: TwoNames[];
}

/** Every choice of a tree, each after the one it lies in. */
export function leaves(choices: readonly Choice[]): Leaf[] {
  const found: Leaf[] = [];
  const walk = (list: readonly Choice[], top: string | null, names: TwoNames[]): void => {
    for (const choice of list) {
      found.push({ code: choice.code, within: top, names: [...names, choice.name] });
      walk(choice.within ?? [], top ?? choice.code, [...names, choice.name]);
    }
  };
  walk(choices, null, []);
  return found;
}

/** Those whose names or code have every word that was written, in either language. */
export function search(list: readonly Leaf[], words: string): Leaf[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter((leaf) => {
    const text = [leaf.code, ...leaf.names.flatMap((name) => [name.en, name.zh])].join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** A number as people write it: decimal comma and the minus signs of Chinese keyboards too. Null where it is none. */
export function numberOf(text: string | undefined): number | null {
  const plain = (text ?? "").trim().replace(/[−－–]/g, "-").replace(/[，,]/g, ".").replace(/[。．]/g, ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : null;
}

/** `outside`: beyond its limits, so that it is measured again or explained. */
export function judge(reading: Reading, text: string | undefined): "empty" | "no_number" | "outside" | "ok" {
  if (!text?.trim()) return "empty";
  const value = numberOf(text);
  if (value === null) return "no_number";
  return (reading.low !== null && value < reading.low) || (reading.high !== null && value > reading.high) ? "outside" : "ok";
}

/** A part of the form. */
export type Part = "cause" | "action" | "readings" | "before" | "after" | "checklist" | "signature" | "asked";

/** What is still missing, in the order of the page. */
export function missing(form: Form, guide: Pick<Guide, "readings" | "checklist" | "photos">): Part[] {
  const readings = guide.readings.some((reading) => {
    const found = judge(reading, form.readings?.[reading.key]);
    if (found === "empty") return reading.required;
    return found === "no_number" || (found === "outside" && !form.readingReasons?.[reading.key]?.trim());
  });
  const signed = form.signedWith === "code" ? Boolean(form.code?.trim()) : Boolean(form.strokes?.length);
  const open: [Part, boolean][] = [
    ["cause", !form.cause],
    ["action", !form.action],
    ["readings", readings],
    ["before", (form.before?.length ?? 0) < guide.photos.before],
    ["after", (form.after?.length ?? 0) < guide.photos.after],
    ["checklist", guide.checklist.some((line) => !form.checklist?.includes(line.key))],
    ["signature", !signed],
    ["asked", !form.asked],
  ];
  return open.filter(([, isOpen]) => isOpen).map(([part]) => part);
}

/** The act that a form becomes. `signature` is the id of its picture. */
export function actOf(form: Form, guide: Pick<Guide, "readings" | "checklist">, signature: string | null): Record<string, unknown> & { type: "completed" } {
  const values = guide.readings.flatMap((reading) => {
    const value = numberOf(form.readings?.[reading.key]);
    return value === null ? [] : [[reading.key, value] as const];
  });
  const reasons = guide.readings.flatMap((reading) => {
    const why = form.readingReasons?.[reading.key]?.trim();
    return judge(reading, form.readings?.[reading.key]) === "outside" && why ? [[reading.key, why] as const] : [];
  });
  const note = form.note?.trim();
  return {
    type: "completed",
    cause: form.cause ?? "",
    ...(form.causeDetail ? { causeDetail: form.causeDetail } : {}),
    action: form.action ?? "",
    subscriberAsked: form.asked === true,
    photoIds: [...(form.before ?? []), ...(form.after ?? [])],
    materials: (form.materials ?? []).map(({ code, name, count }) => ({ code, name, count })),
    readings: Object.fromEntries(values),
    ...(reasons.length ? { readingReasons: Object.fromEntries(reasons) } : {}),
    ...(guide.checklist.length ? { checklist: form.checklist ?? [] } : {}),
    ...(form.signedWith === "code" && form.code?.trim() ? { finishCode: form.code.trim() } : {}),
    ...(signature ? { signaturePhotoId: signature } : {}),
    ...(note ? { note } : {}),
  };
}

/** One more of a material: what is there already is counted up. */
export function withMaterial(list: readonly Material[], added: Omit<Material, "count">): Material[] {
  const same = list.find((one) => one.code === added.code);
  // A serial number is one thing, however often it is scanned.
  if (same) return list.map((one) => (one === same && !added.scanned ? { ...one, count: one.count + 1 } : one));
  return [...list, { ...added, count: 1 }];
}
