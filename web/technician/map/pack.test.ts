import { describe, expect, it } from "vitest";
import { lengthOf, piecesOf, within } from "./pack";

const MB = 1024 * 1024;

describe("a pack in pieces", () => {
  it("has pieces of 4 MB, the last one shorter", () => {
    expect(piecesOf(9 * MB)).toBe(3);
    expect([0, 1, 2].map((at) => lengthOf(9 * MB, at))).toEqual([4 * MB, 4 * MB, MB]);
  });
  it("finds a range in the pieces that hold it", () => {
    expect(within(10, 20)).toEqual([[0, 10, 30]]);
    expect(within(4 * MB - 5, 10)).toEqual([[0, 4 * MB - 5, 4 * MB], [1, 0, 5]]);
    expect(within(4 * MB, 8 * MB)).toEqual([[1, 0, 4 * MB], [2, 0, 4 * MB]]);
  });
});
