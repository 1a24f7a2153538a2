/** What the next week brings. */
export const outlook = {
  outlook_title: { en: "Expected load and capacity, {first} to {last}", zh: "{first} 至 {last} 预计负荷与产能" },
  outlook_explained: { en: "A day is expected to bring the mean of the same weekday in the last eight weeks; 95 of 100 such days lie inside the interval. Trends, holidays and storms are not in it.", zh: "每日预计为近八周同一星期日的均值，95% 的此类日子落在区间内；不含趋势、节假日与灾害。" },
  outlook_takes: { en: "An order took {minutes} minutes, driving included.", zh: "单均用时 {minutes} 分钟（含行驶）。" },
  outlook_open: { en: "{count} {count:order|orders} wait already ({hours} h).", zh: "已有 {count} 张工单待办（{hours} 小时）。" },
  outlook_open_bare: { en: "{count} {count:order|orders} wait already.", zh: "已有 {count} 张工单待办。" },
  outlook_short: { en: "Fewer than three weeks are known, which is too few to say.", zh: "已知数据不足三周，无法预测。" },
  outlook_spread: { en: "Days differ {dispersion} times more than chance explains; the intervals are that much wider.", zh: "日间差异为偶然的 {dispersion} 倍，区间已相应放宽。" },
  outlook_orders: { en: "Orders (95 %)", zh: "工单（95%）" },
  outlook_load: { en: "Load, h", zh: "负荷（小时）" },
  outlook_capacity: { en: "Capacity, h", zh: "产能（小时）" },
  outlook_share: { en: "Load of capacity", zh: "负荷占比" },
  outlook_grids_title: { en: "Orders expected by grid, {first} to {last}", zh: "{first} 至 {last} 各网格预计工单" },
  outlook_over: { en: "more than there are hours", zh: "超出产能" },
} as const;
