/** Patterns: functions of surface coordinates (u, v) in metres (arc lengths on round solids), v upwards. */
import { type Material, type Pattern, type Rgb, rgb } from "./materials";
import { hash2, noise2 } from "./random";

/** Out: 3 numbers, the linear colour of the surface. */
type PatternFunction = (m: Material, u: number, v: number, out: Float64Array) => void;

function mix(m: Material, share: number, gain: number, out: Float64Array): void {
  for (let i = 0; i < 3; i++) out[i] = (m.base[i]! * (1 - share) + m.accent[i]! * share) * gain;
}

/** Distance to the nearest multiple of the period, in units of the period (0 to 0.5). */
function toLine(x: number): number {
  const f = x - Math.floor(x);
  return f < 0.5 ? f : 1 - f;
}

const bookColors: readonly Rgb[] = [0xa63d40, 0x2f4b6e, 0xe9b872, 0x4f7358, 0x6b4e71, 0xd9d2c3, 0x1f2d3a, 0xc8663a].map(
  rgb,
);

const painters: Record<Pattern, PatternFunction> = {
  plain: (m, _u, _v, out) => mix(m, 0, 1, out),
  plaster: (m, u, v, out) =>
    mix(m, 0, 0.94 + 0.09 * noise2(u * 5 + m.phase, v * 5) + 0.03 * noise2(u * 23, v * 23 + m.phase), out),
  weave: (m, u, v, out) => {
    const x = (u / m.scale) * 6.283;
    const y = (v / m.scale) * 6.283;
    mix(m, 0.5 + 0.5 * Math.sin(x) * Math.sin(y), 0.93 + 0.12 * noise2(u * 9 + m.phase, v * 9), out);
  },
  stripes: (m, u, v, out) => {
    const f = u / m.scale + m.phase;
    mix(m, f - Math.floor(f) < 0.5 ? 0 : 1, 0.97 + 0.05 * noise2(u * 8, v * 8), out);
  },
  plaid: (m, u, v, out) => {
    const a = toLine(u / m.scale) < 0.18 ? 0.5 : 0;
    const b = toLine(v / m.scale) < 0.18 ? 0.5 : 0;
    mix(m, a + b, 1, out);
  },
  dots: (m, u, v, out) => {
    const x = u / m.scale;
    const y = v / m.scale;
    const dx = x - Math.round(x);
    const dy = y - Math.round(y);
    mix(m, dx * dx + dy * dy < 0.08 ? 1 : 0, 1, out);
  },
  planks: (m, u, v, out) => {
    const row = Math.floor(u / m.scale);
    const along = v / 1.3 + hash2(row, 7) * 5 + m.phase;
    const board = Math.floor(along);
    const tone = hash2(row, board);
    const joint = toLine(u / m.scale) * m.scale < 0.007 || toLine(along) < 0.006 ? 0.55 : 1;
    const fibre = noise2(u * 55 + tone * 90, v * 3.1) * 0.22 + noise2(u * 16 + tone * 40, v * 1.7) * 0.18;
    mix(m, tone * 0.75, joint * (0.8 + fibre), out);
  },
  grain: (m, u, v, out) => {
    const bend = noise2(u * 1.3 + m.phase, v * 5) * 2;
    const ring = toLine(v * 9 + bend + m.phase) * 2;
    mix(m, ring * 0.6, 0.86 + 0.22 * noise2(u * 6, v * 70 + m.phase), out);
  },
  tiles: (m, u, v, out) => {
    const x = u / m.scale;
    const y = v / m.scale;
    const ix = Math.floor(x);
    const iy = Math.floor(y);
    if (toLine(x) < 0.025 || toLine(y) < 0.025) {
      mix(m, 0, 0.55, out);
      return;
    }
    const checker = ((ix + iy) & 1) === 0 ? 0 : 1;
    mix(m, checker, 0.9 + 0.12 * hash2(ix, iy) + 0.08 * noise2(u * 7 + m.phase, v * 7), out);
  },
  books: (m, u, v, out) => {
    const x = u / m.scale + m.phase;
    const i = Math.floor(x);
    const height = 0.62 + 0.36 * hash2(i, 3);
    const color = bookColors[Math.floor(hash2(i, 11) * bookColors.length)]!;
    const level = v / m.aspect + 0.5;
    const shade = toLine(x) < 0.08 ? 0.35 : Math.abs(level - 0.3) < 0.05 ? 1.6 : 1;
    for (let k = 0; k < 3; k++) out[k] = level > height ? m.base[k]! * 0.25 : color[k]! * shade;
  },
  doors: (m, u, v, out) => {
    const x = u / m.scale + 0.5;
    const y = v / m.aspect + 0.5;
    const edge = Math.min(toLine(x) * m.scale, toLine(y) * m.aspect);
    const knob = Math.hypot(toLine(x) * m.scale - 0.055, (y - Math.floor(y) - 0.5) * m.aspect) < 0.02;
    const fibre = 0.9 + 0.16 * noise2(u * 40 + m.phase, v * 4);
    if (knob) mix(m, 1, 1.5, out);
    else mix(m, edge < 0.008 ? 0 : edge < 0.05 ? 0.25 : 0.1, edge < 0.008 ? 0.3 : fibre, out);
  },
  painting: (m, u, v, out) => paintPicture(m, u, v, out),
  screen: (m, u, v, out) => {
    const x = u / m.scale;
    const y = v / m.aspect;
    if (Math.abs(x) > 0.95 || Math.abs(y) > 0.92) return void out.fill(0.01);
    const wave = noise2(x * 2 + m.phase * 9, y * 2);
    mix(m, wave, 0.35 + 0.65 * (y * 0.5 + 0.5), out);
  },
  window: (m, u, v, out) => paintView(m, u, v, out),
  rug: (m, u, v, out) => {
    // u and v run from -1 to 1 across the rug.
    const r = Math.max(Math.abs(u), Math.abs(v));
    const rings = r > 0.9 || (r > 0.72 && r < 0.78);
    const motif = toLine(u * 2.5 + m.phase) + toLine(v * 2.5) < 0.3;
    mix(m, rings || motif ? 1 : 0, 0.9 + 0.2 * noise2(u * 30, v * 30), out);
  },
  face: (m, u, v, out) => {
    // From arc lengths to angles: from the nose and above the equator.
    const yaw = u / m.scale;
    const pitch = v / m.aspect;
    const eye = Math.hypot((Math.abs(yaw) - 0.36) / 1.25, pitch - 0.1) < 0.11;
    const brow = Math.abs(pitch - 0.33) < 0.05 && Math.abs(Math.abs(yaw) - 0.38) < 0.22;
    const mouth = Math.abs(pitch + 0.47) < 0.05 && Math.abs(yaw) < 0.3;
    if (eye) out.fill(0.02);
    else if (brow) mix(m, 1, 1, out);
    else if (mouth) {
      out[0] = m.base[0]! * 0.75;
      out[1] = m.base[1]! * 0.38;
      out[2] = m.base[2]! * 0.4;
    } else mix(m, 0, 1, out);
  },
  leaf: (m, u, v, out) =>
    mix(m, Math.abs(Math.sin(u / m.scale)) < 0.12 ? 1 : 0.25 * noise2(u * 40, v * 15 + m.phase), 1, out),
};

/** A framed picture: hills under a sky, or fields of colour. u, v from the centre; scale and aspect: half width and height. */
function paintPicture(m: Material, u: number, v: number, out: Float64Array): void {
  const x = u / m.scale;
  const y = v / m.aspect;
  const rim = Math.max(Math.abs(u) - m.scale, Math.abs(v) - m.aspect);
  if (rim > -0.035) {
    mix(m, 0, 0.35, out);
    return;
  }
  if (rim > -0.075) return void out.fill(0.75);
  if (m.phase < 0.5) {
    const hill = -0.35 + 0.55 * noise2(x * 1.4 + m.phase * 60, 0.5);
    const near = -0.75 + 0.5 * noise2(x * 2.2 + m.phase * 90, 4.5);
    if (y < near) mix(m, 0.85, 0.35, out);
    else if (y < hill) mix(m, 1, 0.8, out);
    else mix(m, 0.25 * (1 - y), 1, out);
    return;
  }
  const field = hash2(Math.floor((x + 3) * 1.3 + m.phase * 7), Math.floor((y + 3) * 1.3));
  mix(m, field, 0.5 + field * 0.8, out);
}

/** The view through a window: sky, far hills, trees. v: height in metres relative to the middle of the pane. */
function paintView(m: Material, u: number, v: number, out: Float64Array): void {
  const tree = -0.42 + 0.5 * noise2(u * 2.1 + m.phase * 50, 1.5) + 0.12 * noise2(u * 11 + m.phase, 2.5);
  const hill = -0.1 + 0.3 * noise2(u * 0.8 + m.phase * 30, 8.5);
  const sky = Math.min(1, Math.max(0, v * 0.7 + 0.4));
  const daylight = Math.min(1, m.base[1] * 2.5);
  if (v < tree) {
    const dapple = daylight * (0.55 + 0.6 * noise2(u * 14, v * 14));
    out[0] = 0.1 * dapple;
    out[1] = 0.2 * dapple;
    out[2] = 0.06 * dapple;
  } else if (v < hill) {
    out[0] = 0.24 * daylight;
    out[1] = 0.36 * daylight;
    out[2] = 0.4 * daylight;
  } else {
    const cloud = 0.6 * daylight * Math.max(0, noise2(u * 1.6 + m.phase * 20, v * 3.2) - 0.5);
    out[0] = m.base[0]! * (1.1 - 0.5 * sky) + cloud;
    out[1] = m.base[1]! * (1.1 - 0.3 * sky) + cloud;
    out[2] = m.base[2]! * (1.1 - 0.1 * sky) + cloud;
  }
}

/** Colour of a material at (u, v) into out[0..2]. */
export function paint(m: Material, u: number, v: number, out: Float64Array): void {
  painters[m.pattern](m, u, v, out);
}
