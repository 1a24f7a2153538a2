/** What was done, or why it was not: said to everybody who looks and to screen readers. */
class Toast {
  said = $state.raw<{ text: string; bad: boolean } | null>(null);

  say(text: string, bad = false): void {
    this.said = { text, bad };
  }
  clear(): void {
    this.said = null;
  }
}

export const toast = new Toast();
