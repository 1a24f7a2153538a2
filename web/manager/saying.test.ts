import { afterEach, expect, test } from "vitest";
import { setLanguage } from "../shared/i18n.svelte";
import { mailed } from "./saying";
import { watching } from "./strings/watching";

afterEach(() => setLanguage("en"));

/** What the adapters of `dispatch/notices` and the sending of mails give as a reason. */
const REASONS = [
  "no_channel", "no_address", "opted_out", "stale", "bad_address", "bad_request", "sign_in", "no_connection", "timeout", "cut_off", "cannot_ask",
  "interrupted", "our_error", "refused", "unknown", "not_delivered", "put_away",
] as const;

test("every reason of a mail has words in both languages", () => {
  for (const reason of REASONS) {
    const words = watching[`delivery_why.${reason}`];
    setLanguage("en");
    expect(mailed("unknown", reason)).toBe(`in doubt: ${words.en}`);
    setLanguage("zh");
    expect(mailed("unknown", reason)).toBe(`状态不明：${words.zh}`);
    expect(words.zh).not.toMatch(/[a-z]/);
  }
});

test("an answer of a server is said with its number", () => {
  expect(mailed("failed", "smtp_550")).toBe("failed: the mail server answered 550");
  expect(mailed("waiting", "http_503")).toBe("waiting: the channel answered 503");
  setLanguage("zh");
  expect(mailed("failed", "smtp_550")).toBe("失败：邮件服务器返回 550");
});

test("a view whose account was stopped is refused for that", () => {
  expect(mailed("refused", "scope")).toBe("refused: the account did not see it any more");
  setLanguage("zh");
  expect(mailed("refused", "account")).toBe("已拒绝：当时账号不可登录");
});

test("a mail without a reason is its state alone, and one that had no way out was not sent", () => {
  expect(mailed("delivered", null)).toBe("delivered");
  expect(mailed("failed", "no_channel")).toBe("not sent: this area has no mail channel");
});
