import { describe, expect, it } from "vitest";
import { answered, nextQuestion, questions, takenBack, type Answers } from "./script";

const REASONS = ["attitude", "not_on_time"];
const press = (digits: number[], visited = true): Answers =>
  digits.reduce((answers: Answers, digit) => answered(answers, nextQuestion(answers, visited) ?? "reached", digit, REASONS), {});

describe("the script", () => {
  it("is six digits for somebody who is satisfied", () => {
    const answers = press([1, 1, 1, 5, 5, 1]);
    expect(nextQuestion(answers, true)).toBeNull();
    expect(answers).toEqual({ reached: "answered", solved: true, onTime: true, attitude: 5, tidy: 5, satisfaction: "very_satisfied" });
  });
  it("is one digit where nobody answers", () => {
    expect(nextQuestion(press([2]), true)).toBeNull();
  });
  it("asks nothing about a visit that there was not", () => {
    expect(questions({ reached: "answered" }, false)).toEqual(["reached", "solved", "satisfaction"]);
  });
  it("asks whoever is not satisfied for reasons, and is not done without one", () => {
    const bad = press([1, 1, 1, 5, 5, 4]);
    expect(nextQuestion(bad, true)).toBe("reasons");
    expect(nextQuestion({ ...bad, reasonsDone: true }, true)).toBe("reasons");
    const why = answered(bad, "reasons", 2, REASONS);
    expect(nextQuestion({ ...why, reasonsDone: true }, true)).toBeNull();
    expect(answered(why, "reasons", 2, REASONS).reasons).toEqual([]);
  });
  it("ignores digits that mean nothing and takes answers back", () => {
    expect(answered({}, "reached", 9, REASONS)).toEqual({});
    expect(takenBack(press([1, 1]), true)).toEqual({ reached: "answered" });
    expect(takenBack({}, true)).toEqual({});
  });
});
