/** Colours of the states of an order, each paired with a letter so that colour is never the only sign. */
export const STATE_COLORS: Record<string, string> = {
  reported: "#c2410c",
  dispatched: "#a16207",
  accepted: "#1d4ed8",
  en_route: "#6d28d9",
  on_site: "#0f766e",
  suspended: "#52525b",
  completed: "#15803d",
  closed: "#64748b",
  cancelled: "#64748b",
  merged: "#64748b",
};
