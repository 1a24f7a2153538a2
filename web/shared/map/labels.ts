/** The name of a feature of the base map in the page's language, else in whatever language it has. */
export function nameIn(language: "en" | "zh"): unknown {
  const name = ["coalesce", ["get", language === "zh" ? "name_zh" : "name_en"], ["get", "name"]];
  return ["case", ["==", name, ""], ["get", "name"], name];
}

export const LABEL_LAYERS = ["road-names", "place-names"] as const;
