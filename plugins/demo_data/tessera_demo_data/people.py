"""The members: names, phones, birthdays, the day they joined, and how often they shop."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰红梅建国文慧婷雪琳晨宇轩浩然子涵欣怡梓萱俊佳颖思雨"
    "嘉诚志远晓东海燕春秋月明珠雅茹梦琪若曦安然亦凡"
)
_PREFIXES = ("130", "135", "136", "138", "139", "150", "158", "159", "177", "180", "186", "188", "189", "199")


@dataclass(frozen=True, slots=True)
class Person:
    """A member. weight: how often this one shops, relative to the others."""

    number: str
    name: str
    phone: str
    birthday: date
    joined_on: date
    store: str
    weight: float


def make_people(chance: random.Random, count: int, stores: list[str], shares: list[int], year: int) -> list[Person]:
    """Members in the order of the day they joined; most were there before the year began."""
    first = date(year - 3, 1, 1)
    days = (date(year, 11, 30) - first).days
    joined = sorted(first + timedelta(int(days * chance.random() ** 0.8)) for _ in range(count))
    phones = _phones(chance, count)
    return [
        _person(chance, index, day, phones[index], chance.choices(stores, shares)[0])
        for index, day in enumerate(joined)
    ]


def _person(chance: random.Random, index: int, joined_on: date, phone: str, store: str) -> Person:
    name = chance.choice(_FAMILY) + "".join(chance.choices(_GIVEN, k=chance.choice((1, 2, 2))))
    birthday = date(1955, 1, 1) + timedelta(chance.randrange(19_000))
    return Person(
        f"M{joined_on.year}{index + 1:06d}", name, phone, birthday, joined_on, store, chance.paretovariate(1.3)
    )


def _phones(chance: random.Random, count: int) -> list[str]:
    tails = chance.sample(range(100_000_000), count)
    return [f"{chance.choice(_PREFIXES)}{tail:08d}" for tail in tails]
