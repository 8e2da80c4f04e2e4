"""Writes tests/fixtures/checkpoints/bicubic.json: positions resized by PyTorch's own bicubic interpolation.

Run by hand where PyTorch is: /usr/bin/python3 scripts/make-bicubic-fixtures.py
The studio resizes tables of relative positions [(2M-1)^2, heads] and absolute positions [1, 1 + L, C] as the released code of Swin and
DeiT does: torch.nn.functional.interpolate(mode="bicubic", align_corners=False) over the grid.
"""

import json
import pathlib

import torch
from torch.nn.functional import interpolate

FOLDER = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "checkpoints"


def resized(grid: torch.Tensor, side: int) -> torch.Tensor:
    """grid: [s*s, C] -> [side*side, C]."""
    count, channels = grid.shape
    before = round(count**0.5)
    image = grid.T.reshape(1, channels, before, before)
    after = interpolate(image, size=(side, side), mode="bicubic", align_corners=False)
    return after.reshape(channels, side * side).T


def case(before: int, after: int, channels: int, leading: int) -> dict:
    """One grid of random numbers, with `leading` rows before it that keep their values."""
    values = torch.randint(-999, 1000, (leading + before * before, channels)).float() / 1000
    result = torch.cat([values[:leading], resized(values[leading:], after)])
    flat = lambda t: [round(x, 6) for x in t.flatten().tolist()]
    return {"before": before, "after": after, "channels": channels, "leading": leading, "values": flat(values), "resized": flat(result)}


torch.manual_seed(4)
cases = [case(13, 23, 2, 0), case(13, 7, 1, 0), case(3, 5, 3, 0), case(4, 6, 2, 1), case(14, 9, 1, 1)]
FOLDER.mkdir(parents=True, exist_ok=True)
(FOLDER / "bicubic.json").write_text(json.dumps({"torch": torch.__version__, "cases": cases}) + "\n")
