"""What the chain sells, where, and through which channels."""

from __future__ import annotations

import random
from dataclasses import dataclass

STORES = (
    ("S01", "悦邻·徐汇旗舰店", "上海", "2016-04-18", 22),
    ("S02", "悦邻·浦东世纪店", "上海", "2017-09-09", 17),
    ("S03", "悦邻·静安店", "上海", "2019-05-01", 12),
    ("S04", "悦邻·杭州西湖店", "杭州", "2018-06-16", 13),
    ("S05", "悦邻·杭州滨江店", "杭州", "2020-11-11", 9),
    ("S06", "悦邻·南京新街口店", "南京", "2018-12-12", 11),
    ("S07", "悦邻·苏州园区店", "苏州", "2019-10-01", 9),
    ("S08", "悦邻·宁波天一店", "宁波", "2021-03-08", 6),
    ("S09", "悦邻·无锡太湖店", "无锡", "2022-05-20", 5),
    ("S10", "悦邻·合肥政务店", "合肥", "2023-09-28", 4),
)
"""Code, name, city, opening day, share of the sales."""

CHANNELS = (
    ("POS", "门店收银", "offline", 62),
    ("MINI", "微信小程序", "online", 20),
    ("TMALL", "天猫旗舰店", "online", 10),
    ("JD", "京东到家", "online", 8),
)
"""Code, name, kind, share of the sales."""

CATEGORIES = (
    ("FRESH", "生鲜", ""),
    ("FRUIT", "水果", "FRESH"),
    ("VEG", "蔬菜", "FRESH"),
    ("MEAT", "肉禽蛋", "FRESH"),
    ("FOOD", "食品", ""),
    ("DAIRY", "乳品", "FOOD"),
    ("SNACK", "零食", "FOOD"),
    ("DRINK", "饮料", "FOOD"),
    ("GRAIN", "粮油调味", "FOOD"),
    ("HOME", "日用", ""),
    ("CARE", "个人护理", "HOME"),
    ("CLEAN", "家居清洁", "HOME"),
    ("BABY", "母婴", ""),
    ("MILKP", "奶粉辅食", "BABY"),
    ("DIAPER", "纸尿裤", "BABY"),
    ("SERVE", "服务与卡券", ""),
)
"""Code, name, code of the category above."""

_GOODS = {
    "FRUIT": (
        "红富士苹果 巨峰葡萄 海南香蕉 赣南脐橙 阳光玫瑰 丹东草莓 泰国榴莲 智利车厘子 砂糖橘 库尔勒香梨",
        ("500g", "1kg", "2.5kg"),
        580,
        5_900,
    ),
    "VEG": ("上海青 西兰花 番茄 黄瓜 土豆 胡萝卜 菠菜 香菇 生菜 紫薯", ("300g", "500g", "1kg"), 280, 1_500),
    "MEAT": ("黑猪五花肉 三黄鸡 牛腱子 羊排 草鸡蛋 鲜虾仁 鸡翅中 三文鱼", ("400g", "500g", "1kg"), 1_280, 9_800),
    "DAIRY": ("纯牛奶 低脂牛奶 希腊酸奶 儿童奶酪棒 黄油 稀奶油 豆奶", ("200g", "500g", "12盒装"), 490, 6_990),
    "SNACK": ("原味薯片 每日坚果 海苔 牛肉干 曲奇 黑巧克力 话梅 芝士威化 山楂条", ("70g", "150g", "500g"), 590, 8_900),
    "DRINK": ("矿泉水 乌龙茶 气泡水 椰子水 冷萃咖啡 橙汁 苏打水", ("500ml", "1L", "24瓶装"), 200, 7_200),
    "GRAIN": ("东北大米 特级初榨橄榄油 菜籽油 生抽 老抽 挂面 小米 香醋", ("500ml", "1.8L", "5kg"), 690, 13_900),
    "CARE": ("氨基酸洗发水 沐浴露 护手霜 含氟牙膏 洗手液 面膜 剃须泡沫", ("100ml", "400ml", "家庭装"), 990, 15_900),
    "CLEAN": ("洗衣凝珠 洗洁精 抽纸 垃圾袋 厨房湿巾 消毒液 百洁布", ("标准装", "补充装", "量贩装"), 590, 8_900),
    "MILKP": ("婴儿配方奶粉1段 婴儿配方奶粉2段 婴儿配方奶粉3段 高铁米粉 果泥", ("400g", "800g"), 2_900, 39_800),
    "DIAPER": ("纸尿裤S码 纸尿裤M码 纸尿裤L码 拉拉裤XL码 婴儿湿巾", ("42片", "80片"), 3_900, 22_900),
    "SERVE": ("送货上门 礼品包装 提货卡", ("单次", "面值100元"), 500, 10_000),
}
"""For each category: goods, sizes, lowest and highest price in 0.01 yuan."""


@dataclass(frozen=True, slots=True)
class Product:
    """Something that is sold. price_fen: in 0.01 yuan. weight: how often it is bought."""

    code: str
    name: str
    category: str
    price_fen: int
    group: str
    weight: int


def make_products(chance: random.Random) -> list[Product]:
    """The whole range, in the order of its codes."""
    found: list[Product] = []
    for category, (goods, sizes, low, high) in _GOODS.items():
        for good in goods.split():
            for step, size in enumerate(sizes):
                ratio = (step + chance.random()) / len(sizes)
                price = int(low * (high / low) ** (0.25 + ratio * 0.7)) // 10 * 10
                group = "service" if category == "SERVE" else chance.choices(GROUPS, GROUP_WEIGHTS)[0]
                weight = 1 if category == "SERVE" else max(1, 40_000 // (price + 400))
                found.append(Product(f"P{len(found) + 1:05d}", f"{good} {size}", category, price, group, weight))
    return found


GROUPS = ("regular", "new", "special", "clearance")
GROUP_WEIGHTS = (70, 12, 13, 5)
