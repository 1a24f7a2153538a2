import type { Schemas } from "../shared/client";

/** What the phone knows of the day beyond its stops. Parts that this server does not send are empty. */
export interface TwoNames {
  en: string;
  zh: string;
}
export interface Change {
  id: string;
  at: string;
  orderId: string | null;
  number: string | null;
  kind: string;
  params: Record<string, unknown>;
}
export interface Offer {
  id: string;
  orderId: string;
  number: string;
  level: string;
  faultType: Schemas["FaultTypeView"];
  address: string | null;
  point: number[] | null;
  dueAt: string | null;
  price: { minutes: number; laterVisits: { number: string; minutes: number; afterWindow: boolean }[]; known?: boolean };
  offeredAt: string;
  expiresAt: string;
}
export interface Choice {
  code: string;
  name: TwoNames;
  within?: Choice[];
}
export interface Reading {
  key: string;
  name: TwoNames;
  unit: string;
  low: number | null;
  high: number | null;
  required: boolean;
}
export interface Guide {
  code: string;
  causes: Choice[];
  actions: Choice[];
  readings: Reading[];
  checklist: { key: string; name: TwoNames }[];
  photos: { before: number; after: number };
  bring?: { code: string; name: TwoNames }[];
}
export interface Break {
  seconds: number;
  earliest: string;
  latest: string;
}
export interface Tomorrow {
  orderId: string;
  number: string;
  faultType: Schemas["FaultTypeView"];
  address: string | null;
  plannedStart: string | null;
  plannedEnd: string | null;
}
export interface Day {
  shift: { start: string; end: string; breaks: Break[] } | null;
  load: { code: string; name: TwoNames; count: number }[];
  changes: Change[];
  offers: Offer[];
  tomorrow: Tomorrow[];
  guides: Guide[];
  pack: { url: string; bytes: number; etag: string } | null;
  consent: boolean;
}

const EMPTY: Day = { shift: null, load: [], changes: [], offers: [], tomorrow: [], guides: [], pack: null, consent: false };

/** What to bring by its code: as the guides call it, also for work that is not planned yet. */
export function thingsOf(day: Day): Map<string, TwoNames> {
  return new Map([...day.guides.flatMap((guide) => guide.bring ?? []), ...day.load].map((one) => [one.code, one.name]));
}

export function dayOf(route: Schemas["MobileRoute"] | null): Day {
  return { ...EMPTY, ...(route as Partial<Day> | null) };
}
