/** The script of a call, as rules: which question comes next, and what a digit answers. */

export type Answers = {
  reached?: "answered" | "no_answer" | "refused" | "wrong_number";
  solved?: boolean;
  onTime?: boolean;
  attitude?: number;
  tidy?: number;
  satisfaction?: "very_satisfied" | "satisfied" | "neutral" | "dissatisfied" | "very_dissatisfied";
  reasons?: string[];
  reasonsDone?: boolean;
  wantsComplaint?: boolean;
  note?: string;
};
export type Asked = "reached" | "solved" | "onTime" | "attitude" | "tidy" | "satisfaction" | "reasons";

export const REACHED = ["answered", "no_answer", "refused", "wrong_number"] as const;
export const DEGREES = ["very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied"] as const;

/** Whether the answers send the order out again, so that reasons are asked for. */
export function isBad(answers: Answers): boolean {
  return answers.solved === false || (answers.satisfaction !== undefined && !["very_satisfied", "satisfied"].includes(answers.satisfaction));
}

/** The questions of this call in their order; who was not visited is not asked about the visit. */
export function questions(answers: Answers, visited: boolean): Asked[] {
  if (answers.reached !== "answered") return ["reached"];
  return ["reached", "solved", ...(visited ? (["onTime", "attitude", "tidy"] as const) : []), "satisfaction", ...(isBad(answers) ? (["reasons"] as const) : [])];
}

/** The first question without an answer; null where the call can be recorded. */
export function nextQuestion(answers: Answers, visited: boolean): Asked | null {
  return questions(answers, visited).find((asked) => (asked === "reasons" ? !(answers.reasonsDone && answers.reasons?.length) : answers[asked] === undefined)) ?? null;
}

/** The answers after a digit (from 1) was pressed for a question; the same answers where that digit means nothing. */
export function answered(answers: Answers, asked: Asked, digit: number, reasons: readonly string[]): Answers {
  switch (asked) {
    case "reached":
      return REACHED[digit - 1] ? { ...answers, reached: REACHED[digit - 1]! } : answers;
    case "solved":
    case "onTime":
      return digit === 1 || digit === 2 ? { ...answers, [asked]: digit === 1 } : answers;
    case "attitude":
    case "tidy":
      return digit >= 1 && digit <= 5 ? { ...answers, [asked]: digit } : answers;
    case "satisfaction":
      return DEGREES[digit - 1] ? { ...answers, satisfaction: DEGREES[digit - 1]! } : answers;
    case "reasons": {
      const code = reasons[digit - 1];
      if (!code) return answers;
      const had = answers.reasons ?? [];
      return { ...answers, reasons: had.includes(code) ? had.filter((one) => one !== code) : [...had, code] };
    }
  }
}

/** The answers without the last one that was given. */
export function takenBack(answers: Answers, visited: boolean): Answers {
  const given = questions(answers, visited).filter((asked) => (asked === "reasons" ? answers.reasonsDone || answers.reasons?.length : answers[asked] !== undefined));
  const last = given.at(-1);
  if (!last) return answers;
  const rest = { ...answers };
  delete rest[last];
  if (last === "reasons") delete rest.reasonsDone;
  return rest;
}
