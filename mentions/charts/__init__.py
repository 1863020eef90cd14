"""Tables to figures: the only folder that knows Plotly. Each mark carries in `customdata` what it stands for (marks.py)."""

from mentions.charts.bars import composition, led, ranked
from mentions.charts.fields import heat, shares
from mentions.charts.theme import Paint, painted, plain, sign
from mentions.charts.time import multiples, volume

__all__ = ["Paint", "composition", "heat", "led", "multiples", "painted", "plain", "ranked", "shares", "sign", "volume"]
