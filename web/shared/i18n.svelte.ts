import { instantIn, isoDayIn } from "./dates";
import { common } from "./strings/common";

export type Language = "en" | "zh";

/** English in strange letters (`?lang=qps`): a word that nobody translated is seen on any screen. */
const PSEUDO = "qps";

function asked(): string | null {
  const wish = new URLSearchParams(globalThis.location?.search ?? "").get("lang");
  if (wish) sessionStorage.setItem("lang", wish);
  return sessionStorage.getItem("lang");
}

function initial(): Language {
  const wish = asked();
  if (wish === PSEUDO) return "en";
  for (const kept of [wish, localStorage.getItem("language")]) if (kept === "en" || kept === "zh") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** The chosen language; reading it inside a component makes the component follow it. */
export const locale = $state<{ language: Language; pseudo: boolean }>({ language: initial(), pseudo: asked() === PSEUDO });

/** As the server is asked to answer. */
export const accepted = (): string => (locale.pseudo ? PSEUDO : locale.language);

export function setLanguage(language: Language): void {
  locale.language = language;
  locale.pseudo = false;
  sessionStorage.removeItem("lang");
  localStorage.setItem("language", language);
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}
document.documentElement.lang = locale.language === "zh" ? "zh-CN" : "en";

const PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const STRANGE = "ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž";

function ours(text: string): string {
  if (!locale.pseudo) return text;
  const strange = text.replace(/\{\w+\}|[A-Za-z]/g, (part) => (part.length > 1 ? part : STRANGE[PLAIN.indexOf(part)]!));
  return /[A-Za-z]/.test(text.replace(/\{\w+\}/g, "")) ? `⟦${strange}⟧` : strange;
}

/** The text of a name that the server keeps in both languages. */
export function named(texts: { en: string; zh: string }): string {
  return ours(texts[locale.language]);
}

type Params = Record<string, string | number>;
type Sentences = Readonly<Record<string, { en: string; zh: string }>>;
/** The part before the dot of the keys that have one: `status` for `status.closed`. */
type Prefix<Key> = Key extends `${infer Before}.${string}` ? Before : never;

/**
 * The two ways to say something of a list of sentences. Each face has a list of its own, so that nobody loads another face's words.
 *
 * - `t(key, params)`: a sentence in the chosen language with its `{name}` parameters; numbers are written as the language writes them.
 *   `{count:order|orders}` is the first word where the count is one, else the second.
 * - `word(prefix, code)`: the words of a code from the server, such as a status; a code without words is shown as it came.
 */
export function speak<Known extends Sentences>(sentences: Known) {
  type Key = keyof Known & string;
  function t(key: Key, params: Params = {}): string {
    const sentence = sentences[key]![locale.language];
    if (!sentence.includes("{")) return ours(sentence);
    const text = sentence.replace(/\{(\w+):([^|{}]*)\|([^{}]*)\}/g, (_, name: string, one: string, many: string) => (String(params[name]) === "1" ? one : many));
    return ours(text).replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = params[name];
      return typeof value === "number" ? number(value) : (value ?? "–");
    });
  }
  function word(prefix: Prefix<Key>, code: string | null | undefined, params: Params = {}): string {
    if (!code) return "–";
    const key = `${prefix}.${code}`;
    return key in sentences ? t(key as Key, params) : code.replaceAll("_", " ");
  }
  return { t, word };
}

/** What every face says. */
export const { t } = speak(common);

const zone = $state<{ name: string }>({ name: "UTC" });

export function setTimeZone(name: string): void {
  zone.name = name;
}

const tag = () => (locale.language === "zh" ? "zh-CN" : "en-GB");

const moments = new Map<string, Intl.DateTimeFormat>();
const numbers = new Map<string, Intl.NumberFormat>();
/** Making a formatter takes longer than formatting with it, and a screen says thousands of times and numbers. */
function momentFormat(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  let known = moments.get(key);
  if (!known) moments.set(key, (known = new Intl.DateTimeFormat(language, options)));
  return known;
}
function numberFormat(language: string, style: "decimal" | "percent", most: number, least: number): Intl.NumberFormat {
  const key = `${language} ${style} ${most} ${least}`;
  let known = numbers.get(key);
  if (!known) numbers.set(key, (known = new Intl.NumberFormat(language, { style, maximumFractionDigits: most, minimumFractionDigits: least })));
  return known;
}

/** Time of day in the area's zone. */
export function time(moment: string | null | undefined): string {
  if (!moment) return "–";
  return ours(momentFormat(tag(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone.name }).format(new Date(moment)));
}

/** Day and time in the area's zone. */
export function dateTime(moment: string | null | undefined): string {
  if (!moment) return "–";
  return ours(momentFormat(tag(), { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone.name }).format(new Date(moment)));
}

/** A day (`YYYY-MM-DD`), long; empty while it is not known yet which. */
export function day(day: string): string {
  return day && ours(momentFormat(tag(), { weekday: "short", year: "numeric", month: "short", day: "numeric", timeZone: "UTC" }).format(new Date(day)));
}

/** The number of a day (`YYYY-MM-DD`) in its month, as a calendar's square has it. */
export function dayOfMonth(day: string): string {
  return String(Number(day.slice(8)));
}

/** The days of the week from Monday on: as short as a calendar's columns, or `long` as words. */
export function weekdays(long = false): string[] {
  const format = momentFormat(tag(), { weekday: long ? "long" : locale.language === "zh" ? "narrow" : "short", timeZone: "UTC" });
  return Array.from({ length: 7 }, (_, index) => ours(format.format(new Date(Date.UTC(2024, 0, 1 + index)))));
}

/** Things in a row, as the language parts them. */
export function listed(parts: readonly string[]): string {
  return parts.join(locale.language === "zh" ? "、" : ", ");
}

/** A month (`YYYY-MM`) in words. */
export function monthName(month: string): string {
  return ours(momentFormat(tag(), { year: "numeric", month: "long", timeZone: "UTC" }).format(new Date(`${month}-01T00:00:00Z`)));
}

/** Month and day, short. */
export function shortDay(moment: string | null | undefined): string {
  if (!moment) return "–";
  return ours(momentFormat(tag(), { month: "short", day: "numeric", timeZone: zone.name }).format(new Date(moment)));
}

/** The time alone where it is of that day, else with its day. */
export function moment(at: string | null | undefined, day: string): string {
  if (!at) return "–";
  return isoDay(new Date(at)) === day ? time(at) : `${shortDay(at)} ${time(at)}`;
}

/** How far the area's clock is from Greenwich's, as "GMT+8". */
export function offsetName(at: Date): string {
  const parts = momentFormat(tag(), { timeZone: zone.name, timeZoneName: "shortOffset" }).formatToParts(at);
  return ours(parts.find((part) => part.type === "timeZoneName")?.value ?? "");
}

/** Time of day with seconds, for the clock. */
export function clockTime(at: Date): string {
  return ours(momentFormat(tag(), { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: zone.name }).format(at));
}

/** The moment at which a local time of the area's zone is. */
export function instant(day: string, timeOfDay = "00:00"): Date {
  return instantIn(zone.name, day, timeOfDay);
}

/** `YYYY-MM-DD` of a moment in the area's zone. */
export function isoDay(moment: Date): string {
  return isoDayIn(zone.name, moment);
}

export function number(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined) return "–";
  return numberFormat(tag(), "decimal", digits, digits).format(value);
}

export function percent(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return numberFormat(tag(), "percent", 1, 0).format(value);
}

/** A length of time as a clock shows it, for rows that have little room: hours and minutes, days from two days on. */
export function countdown(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  if (minutes >= 48 * 60) return duration(seconds);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

/** A length of time in words short enough for a table. */
export function duration(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return t("days_hours", { days: Math.floor(hours / 24), hours: hours % 24 });
  if (hours === 0) return t("minutes", { count: minutes });
  return t("hours_minutes", { hours, minutes: minutes % 60 });
}
