/** The acts that the drawer offers: which fields each needs. Whether it is allowed now is the server's to say (`allowed`). */
export type Field = "technician" | "reason" | "resolution" | "note" | "note_needed" | "window" | "by" | "decision" | "into";
type ActForm = { fields: readonly Field[]; reasons?: string; main?: boolean; grave?: boolean };
type ActKey =
  | "dispatched" | "rework_dispatched" | "recalled" | "request_decided" | "resumed" | "reassigned" | "rebooked"
  | "solved_remotely" | "chased" | "noted" | "merged" | "force_completed" | "cancelled";

export const ACTS: Record<ActKey, ActForm> = {
  request_decided: { fields: ["decision", "note"], main: true },
  dispatched: { fields: ["technician", "note"], main: true },
  rework_dispatched: { fields: ["technician", "reason", "note"], reasons: "dissatisfaction", main: true },
  reassigned: { fields: ["technician", "note"] },
  resumed: { fields: ["note"] },
  rebooked: { fields: ["window", "by", "note"] },
  chased: { fields: ["note"] },
  noted: { fields: ["note_needed"] },
  solved_remotely: { fields: ["resolution", "note"], reasons: "action" },
  merged: { fields: ["into", "note"] },
  recalled: { fields: ["note"] },
  force_completed: { fields: ["reason", "note_needed"], reasons: "action", grave: true },
  cancelled: { fields: ["reason", "note"], reasons: "cancellation", grave: true },
};

export type ActName = ActKey;
