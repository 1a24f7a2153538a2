"""Names for generated people. They are common names put together by chance and mean nobody."""

from __future__ import annotations

import random

CHINESE_COUNTRIES = frozenset({"CN", "HK", "MO", "TW", "SG"})


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FAMILY_ZH = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余"
_GIVEN_ZH = _words(
    """
    伟 强 磊 军 勇 杰 涛 明 超 辉 建国 志强 海燕 晓东 丽华 文博 嘉怡 俊杰 雨桐 思远 国庆 春梅 立新 永康 家豪
    秀英 振华 晨曦 雪梅 子轩 宏伟 玉兰 德胜 佳宁 浩然 小平 美玲 光明 淑芬 天佑
    """
)
_FAMILY_EN = _words(
    """
    Adams Baker Bennett Campbell Chan Clarke Cooper Diaz Dhillon Edwards Evans Fraser Garcia Gill Grant Harris Hughes
    Ito Jackson Kaur Kim Lam Larsen Lee Lopez MacDonald Martin Mehta Morgan Murphy Nguyen Novak Okafor Olsen Park Patel
    Perez Quinn Reid Romero Roy Santos Schmidt Scott Sharma Silva Singh Tanaka Taylor Tran Walker Watson Wong Wright
    """
)
_GIVEN_EN = _words(
    """
    Aaron Alice Amir Anna Ben Carla Carlos Chloe Daniel Diana Elena Eric Fatima Felix Grace Hannah Hugo Ian Isla Ivan
    Jack Jasmine Jin Joel Julia Karim Kate Leo Lily Lucas Maria Mark Maya Mei Nadia Nora Omar Oscar Paula Peter Priya
    Quentin Rafael Ravi Rosa Sam Sara Sofia Tara Theo Tom Uma Victor Wendy Xavier Yuki Zoe
    """
)


def name(draw: random.Random, country: str | None) -> str:
    """A plausible name of the country."""
    if country in CHINESE_COUNTRIES:
        return draw.choice(_FAMILY_ZH) + draw.choice(_GIVEN_ZH)
    return f"{draw.choice(_GIVEN_EN)} {draw.choice(_FAMILY_EN)}"
