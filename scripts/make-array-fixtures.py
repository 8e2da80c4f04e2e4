"""Writes small files of numbers and photographs by NumPy, SciPy and Pillow (libjpeg), and what they hold, to tests/fixtures/arrays, so that
our readers are not tested by our own writers alone.

Run by hand: python3 scripts/make-array-fixtures.py (python3 with numpy, scipy, and pillow from 10.2 on).
"""

import base64
import io
import json
import pathlib

import numpy
import scipy.io
from PIL import Image

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "arrays"
expected = {}


def numbers(array):
    return {"shape": list(array.shape), "data": array.astype("float64").ravel().tolist()}


def npy():
    """Types, byte orders, orders of axes, and each version of the format."""
    grid = numpy.arange(24).reshape(2, 3, 4)
    for name, array, version in [
        ("c-f4", grid.astype("<f4") / 8, (1, 0)),
        ("fortran-f8-big", numpy.asfortranarray(grid.astype(">f8") - 0.5), (1, 0)),
        ("bool", grid % 3 == 0, (1, 0)),
        ("i8-v2", grid.astype("<i8") - 12, (2, 0)),
        ("f2-v3", numpy.array([[1, -0.5, 65504], [6e-8, 0, 0.25]], "<f2"), (3, 0)),
        ("u2-big-transposed", grid[0].astype(">u2").T, (1, 0)),
        ("scalar", numpy.array(3, "u1"), (1, 0)),
    ]:
        with open(FOLDER / f"{name}.npy", "wb") as file:
            numpy.lib.format.write_array(file, array, version)
        expected[f"{name}.npy"] = numbers(array)


def mat():
    """What SciPy makes of dictionaries, lists and logical arrays, plain and compressed."""
    parts = numpy.array(
        [("hair", numpy.eye(2, 3, dtype=bool)), ("torso", numpy.ones((2, 3), bool))], [("part_name", "O"), ("mask", "O")]
    )
    objects = numpy.array(
        [("person", 15, numpy.ones((2, 3), "u1"), parts), ("cat", 8, numpy.zeros((2, 3), "u1"), [])],
        [("class", "O"), ("class_ind", "O"), ("mask", "O"), ("parts", "O")],
    )
    arrays = {
        "double": numpy.arange(6.0).reshape(2, 3) / 4,
        "single": numpy.arange(6, dtype="f4").reshape(3, 2),
        "label": numpy.array([[1, 459], [300, 2]], "u2"),
        "deep": numpy.arange(24, dtype="i4").reshape(2, 3, 4),
        "wide": numpy.array([[-(2**31), 7]], "i8"),
        "mask": numpy.array([[True, False, True]]),
    }
    cells = numpy.empty((1, 2), object)
    cells[0] = ["text", numpy.arange(3.0)]
    content = {"anno": {"imname": "2008_000001", "objects": objects}, "cells": cells, **arrays}
    for name, compressed in [("plain", False), ("compressed", True)]:
        scipy.io.savemat(FOLDER / f"{name}.mat", content, do_compression=compressed)
    expected["mat"] = {name: numbers(array) for name, array in arrays.items()}


def picture():
    """[24,31,3]: slow changes, which every way of sampling colours keeps."""
    y, x = numpy.mgrid[0:24, 0:31]
    return numpy.stack([40 + 6 * x, 30 + 7 * y, 230 - 4 * x - 3 * y], -1).clip(0, 255).astype("u1")


def jpeg():
    """libjpeg's ways to store a picture, with the colours that libjpeg itself decodes."""
    colours = Image.fromarray(picture())
    grey = colours.convert("L")
    turned = Image.Exif()
    turned[0x0112] = 6
    for name, image, options in [
        ("subsampled", colours, {"subsampling": 2}),
        ("full", colours, {"subsampling": 0}),
        ("progressive", colours, {"progressive": True, "subsampling": 2}),
        ("grey", grey, {}),
        ("grey-restarts", grey, {"restart_marker_blocks": 5}),
        ("restarts", colours, {"restart_marker_blocks": 3}),
        ("rgb", colours, {"keep_rgb": True}),
        ("cmyk", colours.convert("CMYK"), {}),
        ("turned", colours, {"exif": turned, "subsampling": 0}),
    ]:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=95, **options)
        (FOLDER / f"{name}.jpg").write_bytes(file.getvalue())
        decoded = numpy.asarray(Image.open(io.BytesIO(file.getvalue())).convert("RGB"))
        expected[f"{name}.jpg"] = {"shape": list(decoded.shape), "base64": base64.b64encode(decoded.tobytes()).decode()}


FOLDER.mkdir(parents=True, exist_ok=True)
npy()
mat()
jpeg()
(FOLDER / "expected.json").write_text(json.dumps(expected))
