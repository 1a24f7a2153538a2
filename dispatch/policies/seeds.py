"""The reason codes and fault types every installation starts with (`domain.md` §4); areas add and replace their own."""

from __future__ import annotations

from typing import NamedTuple

from dispatch.policies.models import ReasonKind


class ShippedReason(NamedTuple):
    """A reason: its words, whose assessment clock it pauses, and who answers for it."""

    kind: ReasonKind
    code: str
    en: str
    zh: str
    pauses: tuple[str, ...] = ()
    attribution: str = "technician"


class ShippedFault(NamedTuple):
    """A fault type: its words, what it takes, how long the work lasts in seconds, what to bring."""

    code: str
    en: str
    zh: str
    kind: str
    skill: str | None
    skill_level: int
    service_seconds: int
    difficulty: float
    bring: tuple[str, ...] = ()


_ALL = ("technician", "grid", "company")
_TECHNICIAN = ("technician",)
_S, _R, _D = ReasonKind.SUSPENSION, ReasonKind.RETURN, ReasonKind.DISSATISFACTION
_C, _A, _V = ReasonKind.CANCELLATION, ReasonKind.ACTION, ReasonKind.ARRIVAL

REASONS: tuple[ShippedReason, ...] = (
    # Only what lies with the subscriber or with nature pauses everybody; parts and outside plant pause the technician
    # alone, never the grid or the company (§5.4).
    ShippedReason(_S, "obstructed_by_works", "Obstructed by works", "施工阻挡", _ALL, "network"),
    ShippedReason(_S, "weather", "Weather", "天气原因", _ALL, "network"),
    ShippedReason(_S, "unreachable", "Subscriber cannot be reached", "联系不上用户", _ALL, "subscriber"),
    ShippedReason(_S, "not_home", "Rebooked or not home", "用户改约或不在家", _ALL, "subscriber"),
    ShippedReason(_S, "under_observation", "Fixed and under observation", "已修复观察中", (), "technician"),
    ShippedReason(_S, "result_disputed", "Result disputed", "结果有争议", (), "technician"),
    ShippedReason(_S, "material_cable", "Waiting for cable", "待料：线缆", _TECHNICIAN, "parts"),
    ShippedReason(_S, "material_terminal", "Waiting for a terminal", "待料：终端", _TECHNICIAN, "parts"),
    ShippedReason(_S, "power_fault", "Power fault", "停电或供电故障", _ALL, "network"),
    ShippedReason(_S, "equipment_fault", "Equipment fault", "机房设备故障", _TECHNICIAN, "network"),
    ShippedReason(_S, "cable_cut", "Cable cut or stolen", "光缆中断或被盗", _TECHNICIAN, "network"),
    ShippedReason(_S, "network_centre", "Waiting for the network centre", "等待网管中心", _TECHNICIAN, "network"),
    ShippedReason(_S, "other", "Other", "其他", (), "technician"),
    ShippedReason(_R, "wrong_address", "Wrong address", "地址错误", (), "dispatch"),
    ShippedReason(_R, "phone_dead", "Phone number dead", "电话空号", (), "subscriber"),
    ShippedReason(_R, "wrong_grid", "Wrong grid", "网格错误", (), "dispatch"),
    ShippedReason(_R, "duplicate", "Duplicate", "重复工单", (), "dispatch"),
    ShippedReason(_R, "line_not_built", "Line not built", "线路未通达", (), "network"),
    ShippedReason(_R, "not_home", "Not home", "用户不在家", (), "subscriber"),
    ShippedReason(_R, "no_conditions", "No conditions for work", "不具备施工条件", (), "subscriber"),
    ShippedReason(_R, "being_renovated", "Being renovated", "用户装修中", (), "subscriber"),
    ShippedReason(_R, "building_refuses", "Building management refuses", "物业不允许施工", (), "subscriber"),
    ShippedReason(_R, "other", "Other", "其他", (), "technician"),
    ShippedReason(_D, "hard_to_report", "Hard to report", "报障困难", (), "dispatch"),
    ShippedReason(_D, "not_contacted", "Not contacted", "未及时联系"),
    ShippedReason(_D, "not_on_time", "Not on time", "未按时上门"),
    ShippedReason(_D, "attitude", "Attitude", "服务态度"),
    ShippedReason(_D, "not_fixed", "Not fixed after several visits", "多次上门未修复"),
    ShippedReason(_D, "untidy", "Untidy work", "施工不整洁"),
    ShippedReason(_D, "charges", "Charges", "收费问题"),
    ShippedReason(_D, "other", "Other", "其他"),
    ShippedReason(_C, "subscriber_wish", "The subscriber wishes it", "用户要求撤单", (), "subscriber"),
    ShippedReason(_C, "solved_itself", "It works again", "故障自行恢复", (), "subscriber"),
    ShippedReason(_C, "reported_by_mistake", "Reported by mistake", "误报", (), "dispatch"),
    ShippedReason(_C, "not_our_service", "Not our service", "非本网业务", (), "subscriber"),
    ShippedReason(_C, "other", "Other, approved", "其他（已批准）", (), "dispatch"),
    ShippedReason(_A, "repaired", "Repaired on site", "现场修复"),
    ShippedReason(_A, "replaced_terminal", "Terminal replaced", "更换终端"),
    ShippedReason(_A, "replaced_cable", "Cable replaced", "更换线缆"),
    ShippedReason(_A, "reconfigured", "Reconfigured", "重新配置"),
    ShippedReason(_A, "installed", "Installed", "安装完成"),
    ShippedReason(_A, "explained", "Explained to the subscriber", "向用户解释指导"),
    ShippedReason(_A, "nothing_found", "No fault found", "未发现故障"),
    ShippedReason(_V, "no_position", "The phone had no position", "手机无法定位", (), "network"),
    ShippedReason(_V, "map_wrong", "The place on the map is wrong", "地图位置不准", (), "dispatch"),
    ShippedReason(_V, "met_elsewhere", "Met the subscriber elsewhere", "与用户在别处会面", (), "subscriber"),
    ShippedReason(_V, "other", "Other", "其他"),
)

FAULT_TYPES: tuple[ShippedFault, ...] = (
    ShippedFault("no_service", "No service", "无法上网", "repair", "broadband", 1, 2700, 1.0, ("modem", "power meter")),
    ShippedFault("slow", "Slow or unstable", "网速慢或不稳定", "repair", "broadband", 1, 2400, 1.0, ("power meter",)),
    ShippedFault("no_tv", "No television", "电视无信号", "repair", "tv", 1, 2400, 1.0, ("set-top box",)),
    ShippedFault("picture", "Picture breaks up", "图像马赛克", "repair", "tv", 1, 2400, 1.0, ("connectors",)),
    ShippedFault("no_voice", "No dial tone", "固话无音", "repair", "voice", 1, 2100, 0.9, ("handset",)),
    ShippedFault("terminal", "Terminal faulty", "终端故障", "repair", "broadband", 1, 1800, 0.8, ("modem",)),
    ShippedFault(
        "line_damaged", "Line damaged", "线路损坏", "repair", "fibre", 2, 4500, 1.5, ("fusion splicer", "cable")
    ),
    ShippedFault("optical_weak", "Optical signal weak", "光衰过大", "repair", "fibre", 2, 3600, 1.3, ("power meter",)),
    ShippedFault(
        "building_device", "Device in the building", "楼道设备故障", "repair", "fibre", 2, 4500, 1.5, ("ladder",)
    ),
    ShippedFault("other", "Other", "其他", "repair", None, 1, 2700, 1.0),
    ShippedFault("new_line", "New connection", "新装", "install", "broadband", 1, 5400, 1.4, ("modem", "cable")),
    ShippedFault("new_tv", "New television", "电视新装", "install", "tv", 1, 3600, 1.1, ("set-top box",)),
    ShippedFault("move_line", "Move the connection", "移机", "move", "broadband", 1, 5400, 1.4, ("cable",)),
    ShippedFault("reconnect_line", "Reconnect", "复通", "reconnect", "broadband", 1, 1800, 0.7),
    ShippedFault("inspection", "Preventive inspection", "预防性巡检", "inspect", None, 1, 1200, 0.5),
    ShippedFault("lead", "Sales lead", "商机", "lead", None, 1, 1200, 0.5),
)
