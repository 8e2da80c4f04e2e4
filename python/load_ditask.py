"""Rebuilds what DiTASK Studio trained, with PyTorch alone, and checks itself.

    python load_ditask.py BASE [FOLDER]

FOLDER holds adapter_model.safetensors, adapter_config.json and expected.safetensors (default: the folder of this file). BASE is the
backbone that the adapter belongs to (.safetensors or .pth), the file that the run had: `base_names` of adapter_config.json leads from
its names to those of the original Swin release. The hash over the latter is compared first. W' = U diag(s') V^T
does not depend on the signs of the singular vectors, so any SVD gives the same weights.
Method: Mantri et al., DiTASK, CVPR 2025; Freifeld et al., CPAB transformations, TPAMI 2017; Liu et al., Swin, ICCV 2021.
"""
import hashlib
import json
import os
import struct
import sys

import torch
import torch.nn.functional as F

TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64, "I32": torch.int32}


def read_safetensors(path):
    """name -> tensor. Format: github.com/huggingface/safetensors."""
    with open(path, "rb") as file:
        data = file.read()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            numbers = torch.frombuffer(bytearray(data[start + begin : start + end]), dtype=TYPES[entry["dtype"]])
            tensors[name] = numbers.reshape(entry["shape"])
    return tensors


def as_released(name, tensor):
    """The studio keeps the kernel of the patch embedding as [E, rows * columns * colours], others as [E, colours, rows, columns]."""
    if name != "patch_embed.proj.weight" or tensor.dim() != 2:
        return tensor
    side = round((tensor.shape[1] / 3) ** 0.5)
    return tensor.reshape(-1, side, side, 3).permute(0, 3, 1, 2).contiguous()


def holder(tree, key):
    """The mapping that has `key`, wherever a checkpoint nests it; None where there is none."""
    if key in tree:
        return tree
    return next((found for inner in tree.values() if isinstance(inner, dict) for found in [holder(inner, key)] if found), None)


def read_base(path, names):
    """Original name -> tensor. `names`: original name -> those in the file, whose rows follow one another; None: the file has the original ones."""
    found = read_safetensors(path) if path.endswith(".safetensors") else torch.load(path, map_location="cpu")
    names = names or {name: [name] for name in found}
    first = next(iter(names.values()))[0]
    found = holder(found, first) or {}
    missing = [key for keys in names.values() for key in keys if key not in found]
    if missing:
        raise SystemExit("%s lacks %s, %d tensors in all. Give the file that the run had." % (path, missing[0], len(missing)))
    return {name: as_released(name, torch.cat([found[key].float() for key in keys])) for name, keys in names.items()}


def base_hash(base, names):
    """SHA-256 over each name and its float32 numbers, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(name.encode())
        digest.update(base[name].contiguous().numpy().tobytes())
    return digest.hexdigest()


def velocities(theta, boundary):
    """theta [d] -> velocity [N+1] at j/N: ramps up to each inner vertex; with free ends also two at the first and last vertex."""
    free = boundary == "free"
    n = len(theta) - 1 if free else len(theta) + 1
    ramps = theta[1 : n - 1] if free else theta
    ends = (theta[:1], theta[n - 1 : n] * (n - 1) / n, theta[n - 1 : n] + theta[n:]) if free else (theta.new_zeros(1), theta.new_zeros(0), theta.new_zeros(1))
    k = torch.arange(1, len(ramps) + 1)
    tail = theta[n - 1] / n if free else 0.0
    inner = k * ((ramps / k).flip(0).cumsum(0).flip(0) + tail)
    return torch.cat([ends[0], inner, ends[1], ends[2]]) / n


def flow(velocity, x):
    """phi(x) after time 1 of the piecewise-affine field with `velocity` [N+1] at j/N, integrated cell by cell; x: [P], float64."""
    n = len(velocity) - 1
    slope = (velocity[1:] - velocity[:-1]) * n
    cell = (x * n).floor().long().clamp(0, n - 1)
    left = torch.ones_like(x)
    for _ in range(n + 1):
        a = slope[cell]
        v = velocity[cell] + a * (x - cell / n)
        onward = torch.where(v > 0, cell + 1, cell - 1)
        way = torch.where(v > 0, cell + 1, cell) / n - x
        ratio = a * way / v
        time = torch.where(a.abs() < 1e-12, way / v, torch.log1p(ratio) / a)
        crosses = (v != 0) & (ratio > -1) & (time < left) & (onward >= 0) & (onward < n)
        stays = x + v * torch.where(a.abs() < 1e-12, left, torch.expm1(left * a) / a)
        x = torch.where(crosses, x + way, stays)
        left = torch.where(crosses, left - time, torch.zeros_like(left))
        cell = torch.where(crosses, onward, cell)
    return x


def warp(sigma, velocity, reading):
    """Singular values [p], descending -> those that stand in their place."""
    if reading == "value":
        return sigma[0] * flow(velocity, sigma / sigma[0])
    last = len(sigma) - 1
    if last == 0:
        return sigma
    at = flow(velocity, torch.arange(last + 1, dtype=torch.float64) / last) * last
    low = at.floor().long().clamp(0, last)
    high = (low + 1).clamp(0, last)
    return sigma[low] + (at - low) * (sigma[high] - sigma[low])


def adapted(base, adapter, config, stream):
    """The backbone's state dict for "shared" or a task: a plain Swin's names and shapes."""
    prefix = "backbone."
    weights = dict(base)
    for name, tensor in adapter.items():
        if name.startswith(prefix) and name[len(prefix) :] in base:
            weights[name[len(prefix) :]] = as_released(name[len(prefix) :], tensor)
    for site in config["sites"]:
        theta = site["streams"].get(stream, site["streams"].get("shared"))
        if theta is None:
            continue
        velocity = velocities(adapter[theta["name"]].double().flatten(), config["boundary"])
        parts = []
        for weight in weights[site["name"] + ".weight"].double().chunk(site["parts"]):
            u, s, vh = torch.linalg.svd(weight, full_matrices=False)
            parts.append(weight + (u * (warp(s, velocity, config["reading"]) - s)) @ vh)
        weights[site["name"] + ".weight"] = torch.cat(parts).float()
    return weights


def linear(x, w, name):
    return F.linear(x, w[name + ".weight"], w.get(name + ".bias"))


def norm(x, w, name):
    return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"])


def attention(x, w, name, heads, window, shift):
    """x: [B,H,W,C]; windows of M x M tokens, shifted by rolling the map; tokens that were not neighbours do not see each other."""
    batch, side, _, width = x.shape
    area, windows = window * window, side // window

    def cut(map_):
        return map_.reshape(-1, windows, window, windows, window, map_.shape[-1]).transpose(2, 3).reshape(-1, area, map_.shape[-1])

    qkv = cut(torch.roll(linear(norm(x, w, name + "norm1"), w, name + "attn.qkv"), (-shift, -shift), (1, 2)))
    q, k, v = qkv.reshape(-1, area, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
    place = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
    rows, columns = (place[:, :, None] - place[:, None]) + window - 1
    bias = w[name + "attn.relative_position_bias_table"][rows * (2 * window - 1) + columns].permute(2, 0, 1)
    scores = q @ k.transpose(-1, -2) * (width // heads) ** -0.5 + bias
    if shift:
        region = (torch.arange(side) >= side - window).long() + (torch.arange(side) >= side - shift).long()
        region = cut((3 * region[:, None] + region)[None, :, :, None].float()).squeeze(-1)
        mask = (region[:, :, None] != region[:, None]).float() * -100
        scores = scores + mask.repeat(batch, 1, 1)[:, None]
    out = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, windows, windows, window, window, width)
    out = out.transpose(2, 3).reshape(batch, side, side, width)
    return torch.roll(out, (shift, shift), (1, 2))


def finish(x, attended, w, name):
    y = x + linear(attended, w, name + "attn.proj")
    return y + linear(F.gelu(linear(norm(y, w, name + "norm2"), w, name + "mlp.fc1")), w, name + "mlp.fc2")


def merge(x, w, name):
    cells = torch.cat([x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)], -1)
    return linear(norm(cells, w, name + "norm"), w, name + "reduction")


def features(image, w, tasks, config):
    """image: [B,3,S,S]; w: the shared state dict; tasks: task -> its own. Task -> its maps [B,side,side,C], a stage each."""
    x = F.conv2d(image, w["patch_embed.proj.weight"], w["patch_embed.proj.bias"], stride=config["patch"])
    x = norm(x.permute(0, 2, 3, 1), w, "patch_embed.norm")
    maps = {task: [] for task in tasks}
    for stage, depth in enumerate(config["depths"]):
        window = min(config["window"], x.shape[1])
        merging = "layers.%d.downsample." % stage
        for block in range(depth):
            name = "layers.%d.blocks.%d." % (stage, block)
            shift = window // 2 if block % 2 and window < x.shape[1] else 0
            attended = attention(x, w, name, config["heads"][stage], window, shift)
            if block == depth - 1:
                outputs = {task: finish(x, attended, own, name) for task, own in tasks.items()}
            x = finish(x, attended, w, name)
        merges = merging + "reduction.weight" in w
        for task, output in outputs.items():
            maps[task].append(merge(output, w, merging) if merges and not config["features_before_merging"] else output)
        x = merge(x, w, merging) if merges else x
    return maps


def decode(maps, adapter, task, size):
    """The HRNet-style decoder: [B,side,side,C] a stage -> [B,c,S,S]."""
    narrow = [F.linear(m, adapter["downsampler.%s.%d.weight" % (task, i)]).permute(0, 3, 1, 2) for i, m in enumerate(maps)]
    finest = max(m.shape[-1] for m in narrow)
    joined = torch.cat([F.interpolate(m, size=(finest, finest), mode="bilinear", align_corners=False) for m in narrow], 1)
    own = {name[len("head.%s." % task) :]: t for name, t in adapter.items() if name.startswith("head.%s." % task)}
    x = F.conv2d(joined, own["mix.weight"][:, :, None, None], own["mix.bias"])
    x = F.batch_norm(x, own["norm.running_mean"], own["norm.running_var"], own["norm.weight"], own["norm.bias"])
    x = F.conv2d(F.relu(x), own["last.weight"][:, :, None, None], own["last.bias"])
    return F.interpolate(x, size=(size, size), mode="bilinear", align_corners=False)


def load(base_path, folder):
    """(shared state dict, task -> state dict, adapter, config), after comparing the base's hash."""
    with open(os.path.join(folder, "adapter_config.json")) as file:
        config = json.load(file)
    if config["peft_type"] != "DITASK" or config["family"] != "swin" or config["head"] != "hrnet":
        raise SystemExit("This loader knows DITASK on Swin with the hrnet decoder; this is %s on %s with %s. Use merged weights or ONNX." % (config["peft_type"], config["family"], config["head"]))
    adapter = read_safetensors(os.path.join(folder, "adapter_model.safetensors"))
    base = read_base(base_path, config.get("base_names"))
    found = base_hash(base, base)
    if found != config["base_model_sha256"]:
        raise SystemExit("The adapter belongs to the base %s, but %s is %s." % (config["base_model_sha256"], base_path, found))
    tasks = {task: adapted(base, adapter, config, task) for task in config["tasks"]}
    return adapted(base, adapter, config, "shared"), tasks, adapter, config


def check(base_path, folder):
    """Largest differences to the expected outputs of one image, by task, relative to the largest output or 1."""
    shared, tasks, adapter, config = load(base_path, folder)
    expected = read_safetensors(os.path.join(folder, "expected.safetensors"))
    image = expected["image"].permute(0, 3, 1, 2)
    maps = features(image, shared, tasks, config)
    differences = {}
    for task in config["tasks"]:
        logits = decode(maps[task], adapter, task, image.shape[-1]).permute(0, 2, 3, 1)[:, :: config["stride"], :: config["stride"]]
        wanted = expected["logits." + task]
        differences[task] = float((logits - wanted).abs().max() / wanted.abs().max().clamp(min=1))
    return differences


if __name__ == "__main__":
    here = sys.argv[2] if len(sys.argv) > 2 else os.path.dirname(os.path.abspath(__file__))
    with torch.no_grad():
        found = check(sys.argv[1], here)
    for task, difference in found.items():
        print("%s: largest difference %.2e" % (task, difference))
    sys.exit(0 if max(found.values()) < 1e-4 else "The rebuilt model does not give the expected outputs (tolerance 1e-4).")
