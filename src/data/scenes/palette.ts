/** Colour families, so that one class looks alike from scene to scene and still never the same twice. */
import { type Material, material, type Rgb, rgb } from "./materials";
import type { Rng } from "./random";
import { blend } from "./solids";

const woods: readonly (readonly [number, number])[] = [
  [0xb98a5a, 0x96683f],
  [0x8a5a36, 0x6b4226],
  [0x5d3a24, 0x462a1a],
  [0xd6b287, 0xbf9465],
  [0x9c6b48, 0x7d5236],
];
const fabrics = [
  0x8a4f55, 0x46617a, 0x6d7f5b, 0x9a8fa6, 0xb9a184, 0x58595f, 0xc27a52, 0x3f6a6a, 0x86748f, 0xc9b8a4,
].map(rgb);
const shirts = [0xc8443e, 0x3a63b0, 0xe8e4dc, 0x2f8f6b, 0xe0a93b, 0x7b4a9c, 0x2b2f3a, 0xd98ba0, 0x64a6c9, 0xb6c24a].map(
  rgb,
);
const trousers = [0x2c3e5c, 0x3b3b40, 0x8a7457, 0x5a6a7d, 0x6b4a3a, 0x44543f, 0x9aa0a8].map(rgb);
const skins = [0xf0c8a8, 0xe3b08a, 0xc98f66, 0x9c6844, 0x7a4c30, 0xf3d3bc].map(rgb);
const hairs = [0x1f1712, 0x3d2617, 0x6b4423, 0xb08a4a, 0x8a3f22, 0x8c8c8c].map(rgb);
const walls = [0xe4dccb, 0xc9d6d2, 0xd9c7b8, 0xbfc9d9, 0xd9d3a8, 0xc8d2b8, 0xdcc3c3, 0xe8e6e0, 0xb7b4c4].map(rgb);
const leaves = [0x3f7d3a, 0x5a9a45, 0x2f6a44, 0x76a04b].map(rgb);
const pots = [0xb5653f, 0xe6e0d6, 0x4a5560, 0xc9a26b, 0x6d8a8f].map(rgb);

function vary(rng: Rng, color: Rgb, amount = 0.18): Rgb {
  const gain = 1 + rng.range(-amount, amount);
  return [color[0] * gain, color[1] * gain, color[2] * gain];
}

export function wood(rng: Rng): Material {
  const [base, accent] = rng.pick(woods);
  const gain = rng.range(0.85, 1.15);
  const scaled = (hex: number): Rgb => rgb(hex).map((value) => value * gain) as unknown as Rgb;
  return material("wood", "grain", scaled(base), {
    accent: scaled(accent),
    gloss: 0.18,
    shininess: 30,
    phase: rng.float() * 9,
  });
}

/** Wood or white or coloured lacquer: what tables, chairs and cabinets are made of. */
export function carpentry(rng: Rng): Material {
  if (rng.chance(0.75)) return wood(rng);
  const paint = rng.pick([0xe9e6df, 0x3a3f45, 0xaec3c4].map(rgb));
  return material("wood", "plain", vary(rng, paint, 0.08), { gloss: 0.25, shininess: 40 });
}

export function fabric(rng: Rng): Material {
  const base = vary(rng, rng.pick(fabrics));
  const shade = blend(base, [0, 0, 0], 0.3);
  const kind = rng.weighted([5, 2, 1.5, 1]);
  if (kind === 1)
    return material("fabric", "stripes", base, {
      accent: blend(base, [0.8, 0.78, 0.72], 0.6),
      scale: rng.range(0.12, 0.25),
    });
  if (kind === 2)
    return material("fabric", "plaid", base, {
      accent: blend(base, [0.85, 0.8, 0.7], 0.6),
      scale: rng.range(0.18, 0.3),
    });
  if (kind === 3)
    return material("fabric", "dots", base, {
      accent: blend(base, [0.9, 0.88, 0.8], 0.8),
      scale: rng.range(0.12, 0.2),
    });
  return material("fabric", "weave", base, { accent: shade, scale: 0.03, phase: rng.float() * 9 });
}

export function linen(rng: Rng): Material {
  return material("fabric", "weave", vary(rng, rgb(0xf1ede4), 0.06), {
    accent: rgb(0xdcd6ca),
    scale: 0.04,
    phase: rng.float() * 9,
  });
}

export function metal(rng: Rng): Material {
  return material("metal", "plain", rng.pick([0x8d9095, 0x2c2d30, 0xb4945a].map(rgb)), { gloss: 0.9, shininess: 60 });
}

export function ceramic(rng: Rng): Material {
  return material("ceramic", "plain", vary(rng, rng.pick(pots)), { gloss: 0.5, shininess: 50 });
}

export function leaf(rng: Rng): Material {
  const base = vary(rng, rng.pick(leaves));
  return material("leaf", "leaf", base, {
    accent: blend(base, [0.7, 0.8, 0.4], 0.35),
    gloss: 0.2,
    scale: 0.085,
    phase: rng.float() * 9,
  });
}

export function shirt(rng: Rng): Material {
  const base = vary(rng, rng.pick(shirts));
  const accent = rng.chance(0.5) ? rgb(0xf0ece2) : blend(base, [0, 0, 0], 0.65);
  const kind = rng.weighted([5, 2, 1.5, 1]);
  const pattern = (["plain", "stripes", "plaid", "dots"] as const)[kind]!;
  return material("fabric", pattern, base, { accent, scale: pattern === "dots" ? 0.09 : 0.13, gloss: 0.02 });
}

export function trouser(rng: Rng): Material {
  const base = vary(rng, rng.pick(trousers));
  return material("fabric", "weave", base, { accent: blend(base, [0, 0, 0], 0.25), scale: 0.025, gloss: 0.02 });
}

/** Half width and half height of a head, before it is scaled with the person. */
export const FACE_RADII = [0.1, 0.135] as const;

/** Skin, the same skin with a face painted on, and hair. */
export function body(rng: Rng): { skin: Material; face: Material; hair: Material; shoe: Material } {
  const tone = vary(rng, rng.pick(skins), 0.08);
  const hair = vary(rng, rng.pick(hairs));
  return {
    skin: material("skin", "plain", tone, { gloss: 0.08 }),
    face: material("skin", "face", tone, {
      accent: blend(hair, tone, 0.15),
      gloss: 0.08,
      scale: FACE_RADII[0],
      aspect: FACE_RADII[1],
    }),
    hair: material("hair", "plain", hair, { gloss: 0.2, shininess: 12 }),
    shoe: material("fabric", "plain", rng.pick([0x2a2320, 0xe8e8e8, 0x7a3b2a, 0x2d4a6b].map(rgb)), { gloss: 0.2 }),
  };
}

export function wallSurface(rng: Rng): Material {
  const base = vary(rng, rng.pick(walls), 0.08);
  const darker = blend(base, rng.pick(walls), 0.5).map((value) => value * 0.72) as unknown as Rgb;
  const kind = rng.weighted([5, 3, 1.2, 0.8]);
  const phase = rng.float() * 9;
  if (kind === 1) return material("wallpaper", "stripes", base, { accent: darker, scale: rng.range(0.24, 0.6), phase });
  if (kind === 2) return material("wallpaper", "dots", base, { accent: darker, scale: rng.range(0.22, 0.36), phase });
  if (kind === 3)
    return material("tile", "tiles", base, {
      accent: base,
      scale: rng.range(0.25, 0.4),
      phase,
      gloss: 0.3,
      shininess: 40,
    });
  return material("plaster", "plaster", base, { phase });
}

export function floorSurface(rng: Rng): Material {
  const kind = rng.weighted([6, 3, 2]);
  const phase = rng.float() * 9;
  if (kind === 0) {
    const [base, accent] = rng.pick(woods);
    return material("wood", "planks", rgb(base), {
      accent: rgb(accent),
      scale: rng.range(0.12, 0.22),
      gloss: 0.3,
      shininess: 30,
      phase,
    });
  }
  if (kind === 1) {
    const base = rng.pick([0xcfc8bb, 0xb5aa9a, 0x9fa6a8, 0xd8c4ad].map(rgb));
    const accent = rng.chance(0.4) ? rgb(0x5a5f66) : base.map((value) => value * 0.9);
    return material("tile", "tiles", base, {
      accent: accent as unknown as Rgb,
      scale: rng.range(0.35, 0.6),
      gloss: 0.45,
      shininess: 50,
      phase,
    });
  }
  const base = rng.pick([0xa09184, 0x7d8590, 0x95806b].map(rgb));
  return material("fabric", "weave", base, { accent: blend(base, [0, 0, 0], 0.25), scale: 0.06, gloss: 0, phase });
}

export function rugSurface(rng: Rng): Material {
  const base = vary(rng, rng.pick(fabrics));
  return material("fabric", "rug", base, {
    accent: blend(rng.pick(fabrics), [0.8, 0.75, 0.65], 0.5),
    gloss: 0,
    phase: rng.float() * 9,
  });
}

export function pictureSurface(rng: Rng, halfWidth: number, halfHeight: number): Material {
  const base = rng.pick([0xbfd3e0, 0xe8c9a0, 0xd9b4b0, 0xc8d8c0].map(rgb));
  const accent = rng.pick([0x2f4a5a, 0x7a3b2e, 0x4f6b3a, 0x3b3560].map(rgb));
  return material("paper", "painting", base, { accent, scale: halfWidth, aspect: halfHeight, phase: rng.float() });
}

export function screenSurface(rng: Rng, halfWidth: number, halfHeight: number): Material {
  const on = rng.chance(0.6);
  const base = on ? rng.pick([0x2f6fb5, 0x1f8f7a, 0x7a4fb0].map(rgb)) : rgb(0x14181d);
  const accent = on ? rng.pick([0xe0a050, 0x9fd0e8, 0xd86070].map(rgb)) : rgb(0x20262d);
  return material("glass", "screen", base, {
    accent,
    scale: halfWidth,
    aspect: halfHeight,
    phase: rng.float(),
    glow: on ? 0.7 : 0,
    gloss: 0.8,
    shininess: 90,
  });
}
