"""Writes micro checkpoints in PyTorch's three containers, and the numbers that they hold, to tests/fixtures/torch.

Run by hand where PyTorch is (Debian: apt-get install python3-torch): python3 scripts/make-torch-fixtures.py
The zip and legacy files are written by torch.save. No current PyTorch writes the tar container, so that file is put together here by the
layout that torch.serialization reads, and torch.load has to read it before it is kept.
"""

import argparse
import collections
import io
import json
import pathlib
import pickle
import struct
import tarfile

import numpy
import torch

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "torch"


class Settings(dict):
    """Stands for the settings classes that training scripts leave in their files."""


def tensors():
    """Every type and every way to view a storage."""
    torch.manual_seed(7)
    base = torch.randn(4, 6)
    shared = torch.arange(24, dtype=torch.float32) / 8
    return collections.OrderedDict(
        [
            ("patch_embed.proj.weight", torch.randn(3, 2, 2, 2)),
            ("norm.weight", torch.nn.Parameter(torch.randn(5))),
            ("single", torch.tensor([0.1, -0.0, float("inf"), 1e-42])),
            ("half", torch.tensor([1.0, -0.5, 65504.0, 6e-8, 0.1]).half()),
            ("bfloat", torch.tensor([1.0, -3.14159, 1e30, 1e-30]).bfloat16()),
            ("double", torch.tensor([[0.1, -1e300], [1e-300, 2.0]], dtype=torch.float64)),
            ("long", torch.tensor([-(2**40), 3, 2**31])),
            ("int", torch.tensor([-1, 2**31 - 1], dtype=torch.int32)),
            ("short", torch.tensor([-5, 300], dtype=torch.int16)),
            ("char", torch.tensor([-128, 127], dtype=torch.int8)),
            ("byte", torch.tensor([0, 255], dtype=torch.uint8)),
            ("bool", torch.tensor([True, False, True])),
            ("scalar", torch.tensor(3.5)),
            ("empty", torch.zeros(0, 4)),
            ("whole", base),
            ("transposed", base.t()),
            ("column", base[:, 2]),
            ("every_other", base[1::2, ::3]),
            ("permuted", torch.randn(2, 3, 4).permute(2, 0, 1)),
            ("expanded", torch.tensor([1.5, 2.5]).unsqueeze(1).expand(2, 3)),
            ("shared.head", shared[:8].view(2, 4)),
            ("shared.tail", shared[8:].view(4, 4)),
        ]
    )


def checkpoint():
    """A training checkpoint with what such files have beside their weights."""
    weights = tensors()
    weights._metadata = collections.OrderedDict([("", {"version": 1})])
    moments = {0: {"step": 3, "exp_avg": torch.randn(4, 4), "exp_avg_sq": torch.randn(4, 4)}}
    return {
        "model": weights,
        "ema_head": {"bias": torch.randn(3)},
        "optimizer": {"state": moments, "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.999), "params": [0]}]},
        "epoch": 299,
        "max_accuracy": numpy.float64(81.25),
        "name": "größe",
        "done": True,
        "nothing": None,
        "big": 2**70,
        "args": argparse.Namespace(depths=[2, 2], drop_path=0.1),
        "config": Settings(AMP=Settings(OPT="O1")),
        "history": [(1, {"a"}), (2, {"b"})],
        "size": torch.Size([2, 3]),
    }


def expected(weights):
    listed = {}
    for name, tensor in weights.items():
        numbers = tensor.detach().float().contiguous().numpy()
        listed[name] = {
            "dtype": str(tensor.dtype).removeprefix("torch."),
            "shape": list(tensor.shape),
            "bits": numpy.frombuffer(numbers.tobytes(), "<u4").tolist(),
        }
    return listed


def write_tar(path, weights):
    """`weights` as the tar container has them: storages, tensors over them, and a pickle that names the tensors by key."""
    storages, by_pointer, views = [], {}, []
    for tensor in weights.values():
        storage = tensor.storage()
        if storage.data_ptr() not in by_pointer:
            by_pointer[storage.data_ptr()] = 1000 + len(storages)
            storages.append(storage)
    parts = {"sys_info": io.BytesIO(), "pickle": io.BytesIO(), "tensors": io.BytesIO(), "storages": io.BytesIO()}
    dump = lambda value, part: pickle.dump(value, parts[part], protocol=2)
    dump({"protocol_version": 1000, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}, "sys_info")
    dump(len(storages), "storages")
    for i, storage in enumerate(storages):
        flat = torch.tensor([], dtype=storage.dtype).set_(storage)
        dump((1000 + i, "cpu", getattr(torch, type_name(storage.dtype) + "Storage")), "storages")
        parts["storages"].write(struct.pack("<q", len(storage)) + flat.numpy().tobytes())
    # One tensor more looks at the first storage's numbers 2 to 5 through a storage of its own, which is a part of the first.
    views.append((5000, 1000, 2, 4))
    dump(views, "storages")
    listed = [(by_pointer[t.storage().data_ptr()], t.size(), t.stride(), t.storage_offset(), t.dtype) for t in weights.values()]
    first = next(iter(weights.values()))
    listed.append((5000, (2, 2), (2, 1), 0, first.dtype))
    dump(len(listed), "tensors")
    for i, (storage, size, stride, offset, dtype) in enumerate(listed):
        dump((i, storage, getattr(torch, type_name(dtype) + "Tensor")), "tensors")
        rank = len(size)
        parts["tensors"].write(struct.pack(f"<ii{2 * rank + 1}q", rank, 0, *size, *stride, offset))
    parts["pickle"].write(tar_pickle([*weights, "part"]))
    with tarfile.open(path, "w:", format=tarfile.PAX_FORMAT) as archive:
        for name, part in parts.items():
            info = tarfile.TarInfo(name)
            info.size = part.tell()
            part.seek(0)
            archive.addfile(info, part)


class Key:
    def __init__(self, key):
        self.key = key


def tar_pickle(names):
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=2)
    pickler.persistent_id = lambda value: value.key if isinstance(value, Key) else None
    pickler.dump({"state_dict": collections.OrderedDict((name, Key(i)) for i, name in enumerate(names)), "epoch": 5})
    return buffer.getvalue()


def type_name(dtype):
    return {torch.float32: "Float", torch.float64: "Double", torch.float16: "Half", torch.int64: "Long", torch.uint8: "Byte"}[dtype]


class SystemCall:
    def __reduce__(self):
        import os

        return (os.system, ("echo this must never run",))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    contents = checkpoint()
    torch.save(contents, FOLDER / "zip.pth")
    torch.save(contents, FOLDER / "legacy.pth", _use_new_zipfile_serialization=False)
    old = collections.OrderedDict((name, t.detach()) for name, t in tensors().items() if t.dtype in TAR_TYPES and t.numel() > 0)
    write_tar(FOLDER / "tar.pth", old)
    read = torch.load(FOLDER / "tar.pth")["state_dict"]
    assert all(torch.equal(read[name], tensor) for name, tensor in old.items()), "PyTorch reads other numbers from the tar file."
    old["part"] = next(iter(old.values())).flatten()[2:6].view(2, 2)
    assert torch.equal(read["part"], old["part"]), "PyTorch reads another part from the tar file."
    torch.save(torch.nn.Linear(2, 3), FOLDER / "module.pth")
    torch.save(torch.nn.Linear(2, 3), FOLDER / "module-legacy.pth", _use_new_zipfile_serialization=False)
    torch.save({"weight": torch.zeros(2), "trap": SystemCall()}, FOLDER / "trap.pth")
    torch.save({"z": torch.tensor([1 + 2j]), "w": torch.ones(3)}, FOLDER / "complex.pth")
    torch.save({"student": {"w": torch.ones(2)}, "teacher": {"w": torch.full((2,), 2.0)}}, FOLDER / "teacher.pth")
    listed = {"checkpoint": expected(contents["model"]), "tar": expected(old)}
    (FOLDER / "expected.json").write_text(json.dumps(listed, separators=(",", ":")) + "\n")


TAR_TYPES = {torch.float32, torch.float64, torch.float16, torch.int64, torch.uint8}

if __name__ == "__main__":
    main()
