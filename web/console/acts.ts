/** The acts that the drawer offers: which fields each needs. Whether it is allowed now is the server's to say (`allowed`). */
export type Field = "technician" | "reason" | "resolution" | "note" | "note_needed" | "window" | "by" | "decision" | "into";
type ActForm = { fields: readonly Field[]; reasons?: string; main?: boolean; grave?: boolean };
type ActKey =
  | "dispatched" | "rework_dispatched" | "recalled" | "request_decided" | "resumed" | "reassigned" | "rebooked"
  | "solved_remotely" | "chased" | "noted" | "merged" | "force_completed" | "cancelled";

export const ACTS: Record<ActKey, ActForm> = {
  dispatched: { fields: ["technician", "note"], main: true },
  rework_dispatched: { fields: ["technician", "reason", "note"], reasons: "dissatisfaction", main: true },
  request_decided: { fields: ["decision", "note"], main: true },
  resumed: { fields: ["note"] },
  reassigned: { fields: ["technician", "note"] },
  recalled: { fields: ["note"] },
  rebooked: { fields: ["window", "by", "note"] },
  solved_remotely: { fields: ["resolution", "note"], reasons: "action" },
  chased: { fields: ["note"] },
  noted: { fields: ["note_needed"] },
  merged: { fields: ["into", "note"] },
  force_completed: { fields: ["reason", "note_needed"], reasons: "action", grave: true },
  cancelled: { fields: ["reason", "note"], reasons: "cancellation", grave: true },
};

export type ActName = ActKey;
