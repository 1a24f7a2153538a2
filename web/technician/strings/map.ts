export const map = {
  map_none: { en: "This phone cannot draw the map. The list and the map apps work all the same.", zh: "此手机无法绘制地图。任务列表和导航应用仍可使用。" },
  map_lost: { en: "The phone has taken the map's drawing away.", zh: "地图绘制被系统中断。" },
  map_again: { en: "Draw it again", zh: "重新绘制" },
  pack_here: { en: "The map is on this phone and opens without a signal.", zh: "地图已保存在本机，无网络也可使用。" },
  pack_get: { en: "Keep the map on this phone ({size} MB)", zh: "将地图保存到本机（{size} MB）" },
  pack_going: { en: "{done} of {size} MB", zh: "{done}/{size} MB" },
  pack_stopped: { en: "It was cut off. What has come stays; go on when there is a signal.", zh: "下载中断，已下载部分会保留，有网络后可继续。" },
  my_stops: { en: "My stops", zh: "我的任务" },
} as const;
