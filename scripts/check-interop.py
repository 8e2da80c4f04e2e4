"""Checks in PyTorch what a run was exported as: python3 scripts/check-interop.py EXPORT_FOLDER BACKBONE

EXPORT_FOLDER comes from
    npm run finetune -- --method ditask --set method.settings.reading=index --out EXPORT_FOLDER --export adapter,merged,official
The Swin below is a module of its own, apart from the loader's. Every state dict is loaded strictly; all outputs are compared with those
that the run saved for one image (relative to the largest output or 1). Exit code 0 where all agree within 1e-4.
"""
import json
import os
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

TOLERANCE = 1e-4


class Warped(nn.Module):
    """A linear layer as the released code wraps it: singular values resampled at phi(index), one warp shared and one a task."""

    def __init__(self, width, out, cells, tasks, parts):
        super().__init__()
        self.linear = nn.Linear(width, out)
        self.lora_shared_A = nn.Parameter(torch.zeros(1, cells["shared"] - 1))
        self.lora_tasks_A = nn.ParameterDict({task: nn.Parameter(torch.zeros(1, cells[task] - 1)) for task in tasks})
        self.parts = parts

    def forward(self, x, task=None):
        theta = self.lora_shared_A if task is None else self.lora_tasks_A[task]
        weights = []
        for weight in self.linear.weight.double().chunk(self.parts):
            u, s, vh = torch.linalg.svd(weight, full_matrices=False)
            at = runge_kutta(theta.double().flatten(), torch.linspace(0, 1, len(s), dtype=torch.float64)) * (len(s) - 1)
            low = at.floor().long().clamp(0, len(s) - 1)
            high = (low + 1).clamp(max=len(s) - 1)
            weights.append((u * torch.lerp(s[low], s[high], at - low)) @ vh)
        return F.linear(x, torch.cat(weights).float(), self.linear.bias)


def runge_kutta(theta, x, steps=400):
    """phi(x) by the classical Runge-Kutta method: slower than the closed form, and nothing in common with it."""
    n = len(theta) + 1
    k = torch.arange(1, n)
    vertices = torch.cat([torch.zeros(1), k * (theta / k).flip(0).cumsum(0).flip(0) / n, torch.zeros(1)]).double()

    def velocity(y):
        cell = (y * n).long().clamp(0, n - 1)
        return torch.lerp(vertices[cell], vertices[cell + 1], y * n - cell)

    h = 1 / steps
    for _ in range(steps):
        a = velocity(x)
        b = velocity(x + h / 2 * a)
        c = velocity(x + h / 2 * b)
        x = x + h / 6 * (a + 2 * b + 2 * c + velocity(x + h * c))
    return x.clamp(0, 1)


class Plain(nn.Linear):
    def forward(self, x, task=None):
        return super().forward(x)


class Attention(nn.Module):
    def __init__(self, width, heads, window, make):
        super().__init__()
        self.qkv = make("qkv", width, 3 * width)
        self.proj = make("proj", width, width)
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        at = torch.cartesian_prod(torch.arange(window), torch.arange(window))
        offset = at[:, None] - at[None] + window - 1
        self.index = offset[..., 0] * (2 * window - 1) + offset[..., 1]
        self.heads = heads

    def forward(self, x, mask):
        """x: [n,M*M,C], mask: [n,M*M,M*M] -> heads joined, before proj."""
        n, area, width = x.shape
        q, k, v = (t.unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in self.qkv(x).chunk(3, -1))
        scores = torch.einsum("nhid,nhjd->nhij", q, k) / (width // self.heads) ** 0.5
        scores = scores + self.relative_position_bias_table[self.index].permute(2, 0, 1) + mask[:, None]
        return torch.einsum("nhij,nhjd->nihd", scores.softmax(-1), v).flatten(2)


class Block(nn.Module):
    def __init__(self, width, heads, side, window, shift, make, buffers):
        super().__init__()
        self.side, self.window, self.shift = side, window, shift
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = Attention(width, heads, window, make)
        self.mlp = nn.ModuleDict({"fc1": make("fc1", width, 4 * width), "fc2": make("fc2", 4 * width, width)})
        if buffers:
            self.attn.register_buffer("relative_position_index", self.attn.index.clone())
            if shift:
                self.register_buffer("attn_mask", self.mask())

    def windows(self, x):
        """[B,H,W,c] -> [B*nW,M*M,c]"""
        x = x.unfold(1, self.window, self.window).unfold(2, self.window, self.window)
        return x.permute(0, 1, 2, 4, 5, 3).flatten(3, 4).flatten(0, 2)

    def mask(self):
        if not self.shift:
            return torch.zeros(1, 1, 1)
        edge = torch.tensor([0] * (self.side - self.window) + [1] * (self.window - self.shift) + [2] * self.shift)
        region = self.windows((edge[:, None] * 3 + edge)[None, ..., None].float())[..., 0]
        return torch.where(region[:, :, None] == region[:, None], 0.0, -100.0)

    def attend(self, x):
        side, window, width = self.side, self.window, x.shape[-1]
        rolled = self.norm1(x).roll((-self.shift, -self.shift), (1, 2))
        a = self.attn(self.windows(rolled), self.mask())
        n = side // window
        a = a.reshape(-1, n, n, window, window, width).permute(0, 1, 3, 2, 4, 5).reshape(-1, side, side, width)
        return a.roll((self.shift, self.shift), (1, 2))

    def finish(self, x, attended, task=None):
        y = x + self.attn.proj(attended, task)
        return y + self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm2(y), task)), task)


class Merging(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(4 * width)
        self.reduction = nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x):
        even, odd = x[:, 0::2], x[:, 1::2]
        return self.reduction(self.norm(torch.cat([even[:, :, 0::2], odd[:, :, 0::2], even[:, :, 1::2], odd[:, :, 1::2]], -1)))


class Swin(nn.Module):
    """`make(kind, in, out, is last block)` makes the four linear layers of a block; `buffers`: those of the original release too."""

    def __init__(self, config, make, buffers=False):
        super().__init__()
        embed, patch = config["embed"], config["patch"]
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, embed, patch, patch), "norm": nn.LayerNorm(embed)})
        self.layers = nn.ModuleList()
        for stage, depth in enumerate(config["depths"]):
            width, side = embed * 2**stage, config["image_size"] // patch // 2**stage
            window = min(config["window"], side)
            blocks = [
                Block(width, config["heads"][stage], side, window, window // 2 if j % 2 and window < side else 0,
                      lambda kind, a, b, last=j == depth - 1: make(kind, a, b, last), buffers)
                for j in range(depth)
            ]
            layer = {"blocks": nn.ModuleList(blocks)}
            if stage + 1 < len(config["depths"]):
                layer["downsample"] = Merging(width)
            self.layers.append(nn.ModuleDict(layer))
        self.before = config["features_before_merging"]

    def forward(self, image, ends):
        """`ends`: task -> (stage, x, attended) -> what leaves the stage's last block."""
        x = self.patch_embed["norm"](self.patch_embed["proj"](image).permute(0, 2, 3, 1))
        maps = {task: [] for task in ends}
        for stage, layer in enumerate(self.layers):
            for block in layer["blocks"]:
                start, attended = x, block.attend(x)
                x = block.finish(start, attended)
            merge = layer["downsample"] if "downsample" in layer else nn.Identity()
            for task, end in ends.items():
                out = end(stage, start, attended)
                maps[task].append(out if self.before else merge(out))
            x = merge(x)
        return maps


class Head(nn.Module):
    def __init__(self, channels, hidden, outputs):
        super().__init__()
        self.last_layer = nn.Sequential(nn.Conv2d(channels, hidden, 1), nn.BatchNorm2d(hidden), nn.ReLU(), nn.Conv2d(hidden, outputs, 1))

    def forward(self, narrow, size):
        finest = narrow[0].shape[-1]
        joined = torch.cat([F.interpolate(m, (finest, finest), mode="bilinear") for m in narrow], 1)
        return F.interpolate(self.last_layer(joined), (size, size), mode="bilinear")


class Released(nn.Module):
    """Modules under the names of the released code of DiTASK."""

    def __init__(self, config, state):
        super().__init__()
        tasks = config["tasks"]
        first = "backbone.layers.0.blocks.%d.attn.proj." % (config["depths"][0] - 1)
        cells = {task: state[first + "lora_tasks_A." + task].shape[1] + 1 for task in tasks}
        cells["shared"] = state[first + "lora_shared_A"].shape[1] + 1

        def make(kind, width, out, last):
            return Warped(width, out, cells, tasks if last or kind == "qkv" else [], 3 if kind == "qkv" else 1)

        self.backbone = Swin(config, make, buffers=True)
        self.downsampler, decoders = nn.ModuleDict(), nn.ModuleDict()
        for task in tasks:
            shapes = [state["downsampler.%s.downsample_%d.weight" % (task, i)].shape for i in range(len(config["depths"]))]
            self.downsampler[task] = nn.ModuleDict(
                {"downsample_%d" % i: nn.Conv2d(shape[1], shape[0], 1, bias=False) for i, shape in enumerate(shapes)}
            )
            last = "decoders.decoders.%s.last_layer." % task
            hidden, channels = state[last + "0.weight"].shape[:2]
            decoders[task] = Head(channels, hidden, state[last + "3.weight"].shape[0])
        self.decoders = nn.ModuleDict({"decoders": decoders})

    def decode(self, maps, task, size):
        narrow = [conv(m.permute(0, 3, 1, 2)) for conv, m in zip(self.downsampler[task].values(), maps)]
        return self.decoders["decoders"][task](narrow, size)

    def forward(self, image):
        def end(task):
            return lambda stage, x, attended: self.backbone.layers[stage]["blocks"][-1].finish(x, attended, task)

        maps = self.backbone(image, {task: end(task) for task in self.decoders["decoders"]})
        return {task: self.decode(m, task, image.shape[-1]) for task, m in maps.items()}


def difference(config, expected, found):
    largest = 0.0
    for task in config["tasks"]:
        logits = found[task].permute(0, 2, 3, 1)[:, :: config["stride"], :: config["stride"]]
        wanted = expected["logits." + task]
        largest = max(largest, float((logits - wanted).abs().max() / wanted.abs().max().clamp(min=1)))
    return largest


def refuses_another(load_ditask, base, config):
    """Whether one number more or less in the backbone changes its hash."""
    tensors = load_ditask.read_base(base, config.get("base_names"))
    same = load_ditask.base_hash(tensors, tensors)
    tensors["layers.0.blocks.0.attn.qkv.weight"][0, 0] += 1e-3
    return same == config["base_model_sha256"] != load_ditask.base_hash(tensors, tensors)


def own_names(config):
    names = config.get("base_names", {})
    return "%d of %d tensors have names of its own" % (sum(keys != [name] for name, keys in names.items()), len(names))


def main(folder, base):
    sys.path.insert(0, os.path.join(folder, "adapter"))
    import load_ditask

    with open(os.path.join(folder, "adapter", "adapter_config.json")) as file:
        config = json.load(file)
    expected = load_ditask.read_safetensors(os.path.join(folder, "adapter", "expected.safetensors"))
    image = expected["image"].permute(0, 3, 1, 2)
    results = {"adapter through load_ditask.py": max(load_ditask.check(base, os.path.join(folder, "adapter")).values())}

    state = torch.load(os.path.join(folder, "official", "ckpt.pth"))["model"]
    released = Released(config, state).eval()
    released.load_state_dict(state, strict=True)
    results["official names, strict load of %d tensors" % len(state)] = difference(config, expected, released(image))

    def plain(name):
        module = Swin(config, lambda kind, width, out, last: Plain(width, out)).eval()
        tensors = load_ditask.read_safetensors(os.path.join(folder, "merged", name + ".safetensors"))
        module.load_state_dict(tensors, strict=True)
        return module

    parted = {t: plain(t if os.path.exists(os.path.join(folder, "merged", t + ".safetensors")) else "shared") for t in config["tasks"]}
    ends = {t: lambda stage, x, a, m=m: m.layers[stage]["blocks"][-1].finish(x, a) for t, m in parted.items()}
    maps = plain("shared")(image, ends)
    logits = {task: released.decode(m, task, image.shape[-1]) for task, m in maps.items()}
    results["merged weights, strict load of %d files" % (len(parted) + 1)] = difference(config, expected, logits)
    warps = load_ditask.read_safetensors(os.path.join(folder, "adapter", "adapter_model.safetensors"))
    most = max(float(t.abs().max()) for name, t in warps.items() if ".theta." in name)
    print("PyTorch %s, image of %d pixels, largest theta %.3f" % (torch.__version__, image.shape[-1], most))
    print("%s: %s" % (os.path.basename(base), own_names(config) if "base_names" in config else "the original names"))
    if not refuses_another(load_ditask, base, config):
        raise SystemExit("The hash does not tell this backbone from another.")
    for what, found in results.items():
        print("%-48s largest difference %.1e  %s" % (what, found, "ok" if found < TOLERANCE else "TOO LARGE"))
    return 0 if max(results.values()) < TOLERANCE else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    with torch.no_grad():
        sys.exit(main(sys.argv[1], sys.argv[2]))
