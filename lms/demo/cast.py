"""Who lives in the demo city. Every name, number and place is invented."""

from __future__ import annotations

from dataclasses import dataclass

CITY = ("海州市总工会", "市总", "359900")
DISTRICTS = (
    ("思明区总工会", "思明", "359903"),
    ("湖里区总工会", "湖里", "359906"),
    ("集美区总工会", "集美", "359911"),
    ("海沧区总工会", "海沧", "359905"),
    ("同安区总工会", "同安", "359912"),
    ("翔安区总工会", "翔安", "359913"),
)
# (name, short name, district)
ENTERPRISES = (
    ("飞送配送企业工会", "飞送", "思明"),
    ("速达外卖站点联合工会", "速达", "湖里"),
    ("顺路出行司机工会", "顺路", "思明"),
    ("闪链快递工会", "闪链", "集美"),
    ("通港货运司机工会", "通港", "海沧"),
    ("鹭声直播产业园工会", "鹭声", "湖里"),
    ("同安电商园联合工会", "同安电商", "同安"),
    ("翔安物流园联合工会", "翔安物流", "翔安"),
)


@dataclass(frozen=True)
class Staff:
    """A staff sign-in of the demo."""

    username: str
    name: str
    role: str
    district: str = ""


STAFF = (
    Staff("registrar", "周敏", "registrar"),
    Staff("tutor", "陈建国", "tutor"),
    Staff("tutor2", "黄丽华", "tutor"),
    Staff("city", "刘海峰", "city_officer"),
    Staff("siming", "王秀英", "district_officer", "思明"),
    Staff("huli", "郑志强", "district_officer", "湖里"),
    Staff("jimei", "苏晓燕", "district_officer", "集美"),
    Staff("haicang", "许文涛", "district_officer", "海沧"),
    Staff("tongan", "叶美玲", "district_officer", "同安"),
    Staff("xiangan", "蔡国栋", "district_officer", "翔安"),
    Staff("editor", "何静", "course_editor"),
    Staff("operator", "吴明", "operator"),
    Staff("auditor", "郑直", "auditor"),
)

RIDER, DRIVER, COURIER, TRUCKER, STREAMER = (
    "外卖骑手",
    "网约车司机",
    "快递员",
    "货车司机",
    "网络主播",
)
PLATFORMS = {
    RIDER: ("飞送", "速达"),
    DRIVER: ("顺路出行",),
    COURIER: ("闪链快递",),
    TRUCKER: ("通港货运",),
    STREAMER: ("鹭声直播",),
}

# The class of fifty: name, occupation, programme code. The first is the demo's own student.
STUDENTS: tuple[tuple[str, str, str], ...] = (
    ("林阿怡", RIDER, "LOG"), ("陈志明", DRIVER, "LOG"), ("黄丽娟", STREAMER, "NM"),
    ("阿卜杜拉·买买提", RIDER, "LOG"), ("张伟", COURIER, "LOG"), ("李秀兰", STREAMER, "EC"),
    ("王强", TRUCKER, "LOG"), ("刘洋", RIDER, "NM"), ("吴佳怡", STREAMER, "EC"),
    ("郑成", COURIER, "LOG"), ("𬱖然", RIDER, "EC"), ("孙小红", RIDER, "LOG"),
    ("周杰", DRIVER, "LOG"), ("徐静", STREAMER, "NM"), ("朱建军", TRUCKER, "LOG"),
    ("马超", RIDER, "LOG"), ("胡敏", STREAMER, "NM"), ("郭磊", COURIER, "EC"),
    ("何晓东", RIDER, "LOG"), ("高翔", DRIVER, "NM"), ("罗春梅", STREAMER, "EC"),
    ("梁志华", TRUCKER, "LOG"), ("宋雨", RIDER, "NM"), ("唐嘉", STREAMER, "EC"),
    ("许文", COURIER, "LOG"), ("韩冰", RIDER, "EC"), ("邓超群", DRIVER, "LOG"),
    ("冯丽", STREAMER, "NM"), ("曹军", TRUCKER, "LOG"), ("彭飞", RIDER, "NM"),
    ("曾祥", COURIER, "LOG"), ("萧瑟琳", STREAMER, "EC"), ("田野", RIDER, "LOG"),
    ("董洁", STREAMER, "NM"), ("潘安", DRIVER, "EC"), ("袁隆", TRUCKER, "LOG"),
    ("蔡依", RIDER, "EC"), ("蒋涛", COURIER, "LOG"), ("余秋", RIDER, "NM"),
    ("于洋", DRIVER, "EC"), ("杜鹃", STREAMER, "NM"), ("叶凡", RIDER, "NM"),
    ("程序", COURIER, "EC"), ("魏来", RIDER, "NM"), ("苏打", STREAMER, "NM"),
    ("吕布衣", TRUCKER, "EC"), ("丁香", RIDER, "NM"), ("任意", COURIER, "EC"),
    ("古丽·阿不都", STREAMER, "EC"), ("卢䶮", RIDER, "LOG"),
)  # fmt: skip

# Applicants to the open intake: name, occupation, first and second choice, how far they are
# (joins: submitted by somebody who is no member yet and wants to be one).
APPLICANTS: tuple[tuple[str, str, str, str, str], ...] = (
    ("林国栋", DRIVER, "LOG", "EC", "submitted"), ("沈月", STREAMER, "NM", "EC", "submitted"),
    ("韦小宝", RIDER, "LOG", "NM", "joins"), ("范冰", COURIER, "LOG", "EC", "submitted"),
    ("石磊", TRUCKER, "LOG", "EC", "returned"), ("姚远", RIDER, "EC", "LOG", "district"),
    ("谭咏", STREAMER, "EC", "NM", "district"), ("廖凡", DRIVER, "LOG", "EC", "district"),
    ("邹文", RIDER, "NM", "EC", "city"), ("熊欣", COURIER, "LOG", "EC", "city"),
    ("金鑫", RIDER, "LOG", "NM", "city"), ("陆游", STREAMER, "NM", "EC", "city"),
    ("郝建", TRUCKER, "LOG", "EC", "rejected"), ("孔令", RIDER, "EC", "NM", "joins"),
)  # fmt: skip

# name, district, address, latitude, longitude (WGS-84), seats, hours
STATIONS: tuple[tuple[str, str, str, float, float, int, str], ...] = (
    ("中山路爱心驿站", "思明", "中山路 88 号工人文化宫一楼", 24.4540, 118.0780, 24, "8:00–22:00"),
    ("火车站爱心驿站", "思明", "厦禾路 900 号公交场站旁", 24.4700, 118.1150, 16, "全天"),
    ("软件园爱心驿站", "思明", "软件园二期望海路 18 号", 24.4870, 118.1790, 20, "8:00–21:00"),
    ("枋湖爱心驿站", "湖里", "枋湖客运中心二楼", 24.5230, 118.1460, 30, "7:30–22:00"),
    ("东渡爱心驿站", "湖里", "东港路 6 号邮轮中心", 24.5010, 118.0850, 18, "8:00–21:00"),
    ("学村爱心驿站", "集美", "石鼓路 105 号", 24.5730, 118.0990, 40, "8:00–22:00"),
    ("杏林爱心驿站", "集美", "杏滨路 220 号", 24.5670, 118.0410, 20, "8:00–20:30"),
    ("海沧湾爱心驿站", "海沧", "滨湖北路 15 号", 24.4890, 118.0330, 24, "8:00–21:00"),
    ("港区货车司机之家", "海沧", "港南路 1 号停车区", 24.4480, 118.0100, 36, "全天"),
    ("大同爱心驿站", "同安", "环城西路 60 号", 24.7310, 118.1480, 20, "8:00–20:30"),
    ("同安电商园驿站", "同安", "西柯镇美禾六路 9 号", 24.6720, 118.1300, 28, "8:30–21:00"),
    ("新店爱心驿站", "翔安", "新兴街 12 号", 24.6130, 118.2480, 20, "8:00–20:30"),
)
