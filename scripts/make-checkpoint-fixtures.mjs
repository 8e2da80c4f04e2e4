// node scripts/make-checkpoint-fixtures.mjs: writes tests/fixtures/checkpoints/*.safetensors, one micro Swin and one micro ViT under the
// names of every release that is read. The numbers are drawn once; each file holds the same ones under its own names and layouts, which
// are written out here by hand and share nothing with the tables of src. Sources of the names: those that the tables of src cite.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../tests/fixtures/checkpoints");

let state = 20261124;
/** Uniform in [-0.5, 0.5), by a 32-bit linear congruence: the same numbers wherever this runs. */
const draw = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32 - 0.5;
};
const tensor = (...shape) => ({
  dtype: "F32",
  shape,
  data: Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, draw),
});
const linear = (name, out, size) => ({ [`${name}.weight`]: tensor(out, size), [`${name}.bias`]: tensor(out) });
const norm = (name, size) => ({ [`${name}.weight`]: tensor(size), [`${name}.bias`]: tensor(size) });
const block = (name, width) => ({
  ...norm(`${name}.norm1`, width),
  ...linear(`${name}.attn.qkv`, 3 * width, width),
  ...linear(`${name}.attn.proj`, width, width),
  ...norm(`${name}.norm2`, width),
  ...linear(`${name}.mlp.fc1`, 4 * width, width),
  ...linear(`${name}.mlp.fc2`, width, 4 * width),
});

const index = (side) => ({
  dtype: "I64",
  shape: [side ** 2, side ** 2],
  data: BigInt64Array.from({ length: side ** 4 }, (_, i) => {
    const [query, key] = [Math.floor(i / side ** 2), i % side ** 2];
    const rows = Math.floor(query / side) - Math.floor(key / side) + side - 1;
    return BigInt(rows * (2 * side - 1) + (query % side) - (key % side) + side - 1);
  }),
});

/** Patches of 4, 8 channels, depths 2 and 1, heads 1 and 2, windows of 2; images of 16 pixels. */
function makeSwin() {
  const tensors = { "patch_embed.proj.weight": tensor(8, 3, 4, 4), "patch_embed.proj.bias": tensor(8) };
  Object.assign(tensors, norm("patch_embed.norm", 8));
  for (const [stage, depth, width, heads] of [
    [0, 2, 8, 1],
    [1, 1, 16, 2],
  ])
    for (let j = 0; j < depth; j++) {
      const name = `layers.${stage}.blocks.${j}`;
      Object.assign(tensors, block(name, width), {
        [`${name}.attn.relative_position_bias_table`]: tensor(9, heads),
        [`${name}.attn.relative_position_index`]: index(2),
      });
      if (j === 1) tensors[`${name}.attn_mask`] = tensor(4, 4, 4);
    }
  return {
    ...tensors,
    "layers.0.downsample.reduction.weight": tensor(16, 32),
    ...norm("layers.0.downsample.norm", 32),
    ...norm("norm", 16),
    ...linear("head", 5, 16),
  };
}

/** Patches of 4, 16 channels, 2 blocks; images of 16 pixels. */
function makeVit() {
  return {
    cls_token: tensor(1, 1, 16),
    pos_embed: tensor(1, 17, 16),
    "patch_embed.proj.weight": tensor(16, 3, 4, 4),
    "patch_embed.proj.bias": tensor(16),
    ...block("blocks.0", 16),
    ...block("blocks.1", 16),
    ...norm("norm", 16),
    ...linear("head", 5, 16),
  };
}

/** Renames every key; where `rename` gives three names, the rows are parted among them. Undefined leaves the tensor out. */
function renamed(tensors, rename) {
  const result = {};
  for (const [key, { dtype, shape, data }] of Object.entries(tensors)) {
    const names = rename(key);
    if (names === undefined) continue;
    const list = [names].flat();
    const size = data.length / list.length;
    for (const [i, name] of list.entries())
      result[name] = {
        dtype,
        shape: [shape[0] / list.length, ...shape.slice(1)],
        data: data.slice(i * size, (i + 1) * size),
      };
  }
  return result;
}

const isBuffer = (key) => /relative_position_index|attn_mask/.test(key);
const replaced = (pairs) => (key) => pairs.reduce((name, [from, to]) => name.replace(from, to), key);
const parted = (key, module, names) => (key.includes(module) ? names.map((name) => key.replace(module, name)) : key);

const hfCommon = [
  ["patch_embed.proj", "embeddings.patch_embeddings.projection"],
  ["patch_embed.norm", "embeddings.norm"],
];
const hfOld = [
  ["attn.proj", "attention.output.dense"],
  ["mlp.fc1", "intermediate.dense"],
  ["mlp.fc2", "output.dense"],
  ["norm1", "layernorm_before"],
  ["norm2", "layernorm_after"],
];
const afterPrefix = (prefix, rename) => (key) => {
  const names = rename(key);
  const inside = (name) => (/^classifier/.test(name) ? name : prefix + name);
  return Array.isArray(names) ? names.map(inside) : inside(names);
};

function swinFiles(swin) {
  const withoutBuffers = (key) => (isBuffer(key) ? undefined : key);
  const timm = renamed(
    renamed(swin, withoutBuffers),
    replaced([
      ["layers.0.downsample", "layers.1.downsample"],
      [/^head\./, "head.fc."],
    ]),
  );
  const hf = (attention) =>
    renamed(
      renamed(swin, (key) => (/attn_mask/.test(key) ? undefined : key)),
      afterPrefix("swin.", (key) => {
        const name = replaced([
          ...hfCommon,
          [/^layers/, "encoder.layers"],
          [/^norm\./, "layernorm."],
          [/^head/, "classifier"],
        ])(key);
        return attention(name);
      }),
    );
  const torchvision = replaced([
    ["patch_embed.proj", "features.0.0"],
    ["patch_embed.norm", "features.0.2"],
    ["layers.0.blocks", "features.1"],
    ["layers.0.downsample", "features.2"],
    ["layers.1.blocks", "features.3"],
    ["mlp.fc1", "mlp.0"],
    ["mlp.fc2", "mlp.3"],
  ]);
  return {
    swin,
    "swin-timm": timm,
    "swin-timm-features": renamed(timm, (key) =>
      /^(norm|head)/.test(key) ? undefined : key.replace(/^layers\./, "layers_"),
    ),
    "swin-hf": hf((name) =>
      parted(replaced([...hfOld, ["attn.relative", "attention.self.relative"]])(name), "attn.qkv", [
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
      ]),
    ),
    "swin-hf-projections": hf((name) =>
      parted(
        replaced([
          ["attn.proj", "attention.o_proj"],
          ["norm1", "layernorm_before"],
          ["norm2", "layernorm_after"],
          ["attn.relative", "attention.relative_position_bias.relative"],
        ])(name),
        "attn.qkv",
        ["attention.q_proj", "attention.k_proj", "attention.v_proj"],
      ),
    ),
    "swin-torchvision": renamed(
      renamed(swin, (key) => (/attn_mask/.test(key) ? undefined : key)),
      torchvision,
    ),
    "swin-ditask": trained(swin, ditask),
    "swin-mtlora": trained(swin, mtlora),
  };
}

/** A training checkpoint of two tasks: the backbone under a prefix, adapted layers wrapped, decoders beside it. */
function trained(swin, added) {
  const isSite = /(attn\.qkv|attn\.proj|mlp\.fc1|mlp\.fc2)\.(weight|bias)$/;
  const base = renamed(swin, (key) =>
    /^(norm|head)/.test(key) ? undefined : `backbone.${key.replace(isSite, "$1.linear.$2")}`,
  );
  const sites = Object.keys(base).filter((key) => key.endsWith(".linear.weight"));
  const methods = Object.assign({}, ...sites.map((key) => added(key.replace(".linear.weight", ""), base[key].shape)));
  return {
    ...base,
    ...methods,
    "downsampler.depth.downsample_0.weight": tensor(4, 16, 1, 1),
    ...linear("decoders.decoders.depth.last_layer.3", 1, 4),
  };
}
const ditask = (site) => ({ [`${site}.lora_shared_A`]: tensor(1, 3), [`${site}.lora_tasks_A.depth`]: tensor(1, 3) });
const mtlora = (site, [out, size]) => ({
  [`${site}.lora_shared_A`]: tensor(2, size),
  [`${site}.lora_shared_B`]: tensor(out, 2),
  [`${site}.lora_tasks_A.depth`]: tensor(2, size),
  [`${site}.lora_tasks_B.depth`]: tensor(out, 2),
});

const scales = (name) => ({ [`${name}.ls1.gamma`]: tensor(16), [`${name}.ls2.gamma`]: tensor(16) });

function vitFiles(vit) {
  const positions = vit.pos_embed;
  const withRow = (rows) => ({
    ...positions,
    shape: [1, 17 + rows, 16],
    data: Float32Array.of(...positions.data.slice(0, 16), ...tensor(rows, 16).data, ...positions.data.slice(16)),
  });
  const distilled = { ...vit, dist_token: tensor(1, 1, 16), pos_embed: withRow(1), ...linear("head_dist", 5, 16) };
  const withoutClassRow = { ...vit, pos_embed: { ...positions, shape: [1, 16, 16], data: positions.data.slice(16) } };
  const dino = {
    ...vit,
    mask_token: tensor(1, 16),
    register_tokens: tensor(1, 4, 16),
    ...scales("blocks.0"),
    ...scales("blocks.1"),
  };
  const { "head.weight": _, "head.bias": __, ...dinov2 } = dino;
  const { mask_token: ___, register_tokens: registers, ...scaled } = dino;
  const qkv = ["query", "key", "value"].map((part) => `attention.attention.${part}`);
  const hfVit = [
    ...hfCommon,
    [/^blocks/, "encoder.layer"],
    [/^norm\./, "layernorm."],
    [/^head_dist/, "distillation_classifier"],
    [/^head/, "classifier"],
    ["cls_token", "embeddings.cls_token"],
    ["dist_token", "embeddings.distillation_token"],
    ["mask_token", "embeddings.mask_token"],
    ["register_tokens", "embeddings.register_tokens"],
    ["pos_embed", "embeddings.position_embeddings"],
  ];
  const toHf = (tensors, prefix, more) =>
    renamed(tensors, (key) => {
      const names = parted(replaced([...hfVit, ...more])(key), "attn.qkv", qkv);
      const inside = (name) => (/classifier/.test(name) ? name : prefix + name);
      return Array.isArray(names) ? names.map(inside) : inside(names);
    });
  const hf = toHf(vit, "vit.", hfOld);
  const dinov2Hf = toHf(dinov2, "", [
    ["attn.proj", "attention.output.dense"],
    ["ls1.gamma", "layer_scale1.lambda1"],
    ["ls2.gamma", "layer_scale2.lambda1"],
  ]);
  const hf5 = [
    [/attention\.attention\.(\w)\w*/, "attention.$1_proj"],
    ["attention.output.dense", "attention.o_proj"],
    ["intermediate.dense", "mlp.fc1"],
    ["output.dense", "mlp.fc2"],
  ];
  return {
    vit,
    "vit-distilled": distilled,
    "vit-registers": { ...vit, reg_token: registers, pos_embed: withRow(4) },
    deit3: renamed({ ...scaled, pos_embed: withoutClassRow.pos_embed }, replaced([[/ls(\d)\.gamma/, "gamma_$1"]])),
    "vit-no-class-position": withoutClassRow,
    dinov2,
    "vit-hf": hf,
    "vit-hf-projections": renamed(hf, replaced([["encoder.layer.", "layers."], ...hf5])),
    "deit-hf-distilled": toHf(distilled, "deit.", hfOld),
    "dinov2-hf": dinov2Hf,
    "dinov2-hf-projections": renamed(dinov2Hf, replaced(hf5)),
  };
}

/** https://github.com/huggingface/safetensors: header length, header, data; 8-byte numbers first, so that all are aligned. */
function safetensors(tensors) {
  const entries = Object.entries(tensors).sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const header = {};
  let end = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    header[name] = { dtype, shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([
    length,
    text,
    ...entries.map(([, { data }]) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  ]);
}

mkdirSync(folder, { recursive: true });
for (const [name, tensors] of Object.entries({ ...swinFiles(makeSwin()), ...vitFiles(makeVit()) }))
  writeFileSync(join(folder, `${name}.safetensors`), safetensors(tensors));
