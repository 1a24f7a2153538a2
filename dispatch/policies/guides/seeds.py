"""The guides every installation starts with; areas add their own versions."""

from __future__ import annotations

from dispatch.policies.guides.definition import (
    Definition,
    GuideCheck,
    GuideChoice,
    GuidePhotos,
    GuideReading,
    LoadName,
    Named,
)
from dispatch.policies.models import ReasonKind
from dispatch.policies.seeds import FAULT_TYPES, REASONS

ANY = "*"
"""The code of the guide for fault types without one of their own."""

_THINGS = {
    "modem": Named(en="modem", zh="光猫"),
    "power meter": Named(en="optical power meter", zh="光功率计"),
    "set-top box": Named(en="set-top box", zh="机顶盒"),
    "connectors": Named(en="connectors", zh="接头"),
    "handset": Named(en="telephone handset", zh="电话机"),
    "fusion splicer": Named(en="fusion splicer", zh="光纤熔接机"),
    "cable": Named(en="cable", zh="线缆"),
    "ladder": Named(en="ladder", zh="梯子"),
}

_CLOSER: dict[str, tuple[tuple[str, str, str], ...]] = {
    "no_service": (
        ("account_locked", "Account locked or wrong password", "账号锁定或密码错误"),
        ("port_down", "Port down at the network side", "局端端口故障"),
        ("wiring_indoors", "Wiring indoors", "室内线路故障"),
    ),
    "slow": (
        ("wifi_coverage", "Wi-Fi coverage", "Wi-Fi 覆盖不足"),
        ("old_terminal", "Old terminal or router", "终端或路由器老旧"),
        ("congestion", "Congestion in the network", "网络拥塞"),
    ),
    "no_tv": (("box_settings", "Settings of the box", "机顶盒设置"), ("card_expired", "Card expired", "智能卡过期")),
    "picture": (("loose_connector", "Loose connector", "接头松动"), ("weak_signal", "Weak signal", "信号弱")),
    "no_voice": (("handset_faulty", "Handset faulty", "话机故障"), ("line_open", "Line open", "线路断开")),
    "terminal": (("power_adapter", "Power adapter", "电源适配器"), ("hardware", "Hardware", "硬件损坏")),
    "line_damaged": (
        ("dug_up", "Dug up", "施工挖断"),
        ("rodents", "Rodents", "鼠咬"),
        ("torn_down", "Torn down by a vehicle or the wind", "车辆刮断或大风拉断"),
    ),
    "optical_weak": (
        ("dirty_end", "Dirty end face", "端面脏污"),
        ("bend", "Bent too tightly", "弯折过大"),
        ("splitter", "Splitter", "分光器故障"),
    ),
    "building_device": (("device_power", "Power in the building", "楼道供电"), ("device_card", "Card", "板卡故障")),
}

_OPTICAL = GuideReading(
    key="optical_power", name=Named(en="Optical power", zh="光功率"), unit="dBm", low=-27.0, high=-8.0
)
_SPEED = GuideReading(key="speed", name=Named(en="Speed down", zh="下行速率"), unit="Mbit/s", low=50.0)
_LEVEL = GuideReading(
    key="tv_level", name=Named(en="Signal level", zh="电视信号电平"), unit="dBµV", low=60.0, high=80.0
)
_LOOP = GuideReading(
    key="loop_resistance", name=Named(en="Loop resistance", zh="环路电阻"), unit="Ω", low=0.0, high=1300.0
)

_TESTED = GuideCheck(key="tested", name=Named(en="Tested together with the subscriber", zh="已与用户共同测试"))
_TIDY = GuideCheck(key="tidy", name=Named(en="Left tidy", zh="现场已清理"))
_LABEL = GuideCheck(key="labelled", name=Named(en="Cable labelled", zh="线缆已贴标签"))
_SAFE = GuideCheck(key="safe", name=Named(en="Secured against falling", zh="已做好防坠措施"))

_READ = {
    "no_service": (_OPTICAL, _SPEED), "slow": (_SPEED, _OPTICAL), "no_tv": (_LEVEL,), "picture": (_LEVEL,),
    "no_voice": (_LOOP,), "terminal": (_SPEED,), "line_damaged": (_OPTICAL,), "optical_weak": (_OPTICAL,),
    "building_device": (_OPTICAL,), "new_line": (_OPTICAL, _SPEED), "new_tv": (_LEVEL,),
    "move_line": (_OPTICAL, _SPEED), "reconnect_line": (_SPEED,),
}  # fmt: skip
_MUST_READ = frozenset({"optical_weak", "line_damaged", "new_line", "move_line"})
_CHECKS = {
    "line_damaged": (_SAFE, _LABEL, _TESTED, _TIDY), "building_device": (_SAFE, _LABEL, _TESTED),
    "new_line": (_LABEL, _TESTED, _TIDY), "move_line": (_LABEL, _TESTED, _TIDY), "inspection": (_TIDY,),
}  # fmt: skip


def _cause(code: str, en: str, zh: str) -> GuideChoice:
    within = [GuideChoice(code=closer, name=Named(en=e, zh=z)) for closer, e, z in _CLOSER.get(code, ())]
    return GuideChoice(code=code, name=Named(en=en, zh=zh), within=within)


def _guide(code: str, kind: str) -> Definition:
    same = [fault for fault in FAULT_TYPES if fault.kind == kind]
    first = sorted(same, key=lambda fault: fault.code != code)
    needed = code in _MUST_READ
    readings = [
        GuideReading(key=r.key, name=r.name, unit=r.unit, low=r.low, high=r.high, required=needed and r is _OPTICAL)
        for r in _READ.get(code, ())
    ]
    brought = next((fault.bring for fault in FAULT_TYPES if fault.code == code), ())
    return Definition(
        causes=[_cause(fault.code, fault.en, fault.zh) for fault in first],
        actions=[
            GuideChoice(code=reason.code, name=Named(en=reason.en, zh=reason.zh))
            for reason in REASONS
            if reason.kind is ReasonKind.ACTION
        ],
        readings=readings,
        checklist=list(_CHECKS.get(code, (_TESTED, _TIDY))),
        photos=GuidePhotos(before=1 if needed else 0, after=1),
        bring=[LoadName(code=thing, name=_THINGS[thing]) for thing in brought],
    )


GUIDES: dict[str, Definition] = {fault.code: _guide(fault.code, fault.kind) for fault in FAULT_TYPES} | {
    ANY: _guide(ANY, "repair")
}
"""By fault type."""
