import type { Sheet } from "../nav.svelte";

/** What is filled in on a sheet: its draft. */
export interface SheetForm {
  reached?: boolean;
  booked?: boolean;
  start?: string;
  end?: string;
  by?: "subscriber" | "us";
  reason?: string;
  resumeDay?: string;
  resumeTime?: string;
  help?: string;
  fault?: string;
  note?: string;
  photos?: string[];
}
type MadeAct = Record<string, unknown> & { type: string };

/** The act of a sheet, or null while something is missing. `resumeAt` gives the moment of a local day and time. */
export function sheetAct(sheet: Sheet, form: SheetForm, resumeAt: (day: string, time: string) => string): MadeAct | null {
  const note = form.note?.trim();
  const words = note ? { note } : {};
  const photoIds = form.photos ?? [];
  const window = form.start && form.end ? { windowStart: form.start, windowEnd: form.end } : null;
  switch (sheet) {
    case "contacted":
      if (form.reached === undefined) return null;
      if (!form.reached) return { type: "contacted", reached: false, ...words };
      if (form.booked === undefined || (form.booked && !window)) return null;
      return { type: "contacted", reached: true, ...(form.booked ? window : {}), ...words };
    case "rebooked":
      return window && form.by ? { type: "rebooked", ...window, by: form.by, ...(note ? { reason: note } : {}) } : null;
    case "arrived":
      return form.reason ? { type: "arrived", reason: form.reason, ...words } : null;
    case "nobody_home":
      return { type: "nobody_home", photoIds, ...words };
    case "suspension_requested":
    case "parts":
      return form.reason && form.resumeDay && form.resumeTime ? { type: "suspension_requested", reason: form.reason, resumeAt: resumeAt(form.resumeDay, form.resumeTime), photoIds, ...words } : null;
    case "return_requested":
      return form.reason ? { type: "return_requested", reason: form.reason, photoIds, ...words } : null;
    case "help":
      return form.help ? { type: "noted", evidence: { wish: "help", kind: form.help }, note: note ?? form.help } : null;
    case "further_fault":
      return form.fault && note ? { type: "noted", evidence: { wish: "further_fault", faultType: form.fault, photoIds }, note } : null;
  }
}

/** Reasons that mean waiting for parts: they have a button of their own. */
export const isParts = (code: string): boolean => code.startsWith("material_");
