"""The block in eager PyTorch on the processor. Reads one JSON line with the sizes, the threads and a file of float32 numbers; then
takes a step for every line "step", and reports the gradients' norms on "report"."""
import json
import sys
import time

import numpy
import torch
import torch.nn.functional as functional

say = lambda message: print(json.dumps(message), flush=True)
spec = json.loads(sys.stdin.readline())
torch.set_num_threads(spec["threads"])
numbers = torch.from_numpy(numpy.fromfile(spec["file"], dtype=numpy.float32))
batch, tokens, width, heads = (spec["size"][key] for key in ("batch", "tokens", "width", "heads"))

position = 0


def take(shape):
    global position
    count = int(numpy.prod(shape))
    position += count
    return numbers[position - count : position].reshape(shape).clone()


x, target = take([batch, tokens, width]), take([batch, tokens, width])
weights = {name: take(shape).requires_grad_() for name, shape in spec["shapes"]}
norm = lambda v, name: functional.layer_norm(v, [width], weights[name + ".weight"], weights[name + ".bias"], 1e-5)
linear = lambda v, name: functional.linear(v, weights[name + ".weight"], weights[name + ".bias"])


def forward():
    qkv = linear(norm(x, "norm1"), "qkv").reshape(batch, tokens, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
    q, k, v = qkv.unbind(0)
    scores = ((q * (width // heads) ** -0.5) @ k.transpose(-2, -1)).softmax(dim=-1)
    h = x + linear((scores @ v).transpose(1, 2).reshape(batch, tokens, width), "proj")
    return h + linear(functional.gelu(linear(norm(h, "norm2"), "fc1")), "fc2")


say({"type": "ready", "engine": f"PyTorch {torch.__version__} eager, {spec['threads']} thread(s)"})
for order in sys.stdin:
    if order.strip() == "step":
        start = time.perf_counter()
        for weight in weights.values():
            weight.grad = None
        loss = functional.mse_loss(forward(), target)
        loss.backward()
        value = loss.item()
        say({"type": "step", "ms": 1000 * (time.perf_counter() - start), "loss": value})
    else:
        norms = {name: weight.grad.norm().item() for name, weight in weights.items()}
        say({"type": "report", "norms": norms, "figures": {}})
