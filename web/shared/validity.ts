import { t } from "./i18n.svelte";

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function says(field: Field): string {
  const { valueMissing, rangeUnderflow, rangeOverflow, stepMismatch, badInput, patternMismatch } = field.validity;
  if (valueMissing) return t(field instanceof HTMLSelectElement || (field instanceof HTMLInputElement && field.type === "radio") ? "choose_one" : "fill_in");
  if (rangeUnderflow || rangeOverflow) {
    const { min, max } = field as HTMLInputElement;
    return t("number_between", { min, max });
  }
  if (badInput || stepMismatch) return t("whole_number");
  return patternMismatch ? (field.dataset.wrong ?? "") : "";
}

/** Browsers say what is missing in their own language; fields of this page say it in the page's. */
export function speakOfFields(): void {
  document.addEventListener("invalid", (event) => {
    const field = event.target as Field;
    field.setCustomValidity("");
    field.setCustomValidity(says(field));
  }, true);
  const forget = (event: Event): void => {
    const form = (event.target as Partial<Field>).form;
    for (const field of form?.elements ?? []) (field as Partial<Field>).setCustomValidity?.("");
  };
  // A click comes before every sending, also before one by the Enter key.
  for (const kind of ["input", "change", "click"]) document.addEventListener(kind, forget, true);
}
