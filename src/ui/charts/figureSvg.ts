/**
 * A chart as an SVG file of its own: what Recharts drew, with the colours and fonts that the page gives it written into it, under its title and
 * over a legend. Nothing in it refers to the page.
 */
import type { Curve } from "./curve";

const NAMESPACE = "http://www.w3.org/2000/svg";
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
const TITLE_FONT = "600 13px";
const PADDING = 12;
const TITLE_HEIGHT = 26;
const LEGEND_LINE = 18;
const LEGEND_STROKE = 16;
const LEGEND_GAP = 18;

/** What the page's style sheet decides; sizes and places are attributes already. */
const inherited = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "opacity",
  "font-size",
  "font-weight",
  "text-anchor",
  "visibility",
] as const;

interface Figure {
  /** What Recharts drew. */
  readonly drawing: SVGSVGElement;
  readonly title: string;
  /** Ghosts are drawn, but not in the legend. */
  readonly curves: readonly Curve[];
}

export interface SvgFile {
  readonly text: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, text = ""): SVGElement {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

/** A colour of the style sheet as its numbers, in the theme that is shown. */
function resolved(colour: string, within: Element): string {
  const probe = element("path", {});
  probe.style.fill = colour;
  within.append(probe);
  const { fill } = getComputedStyle(probe);
  probe.remove();
  return fill;
}

function inlined(drawing: SVGSVGElement): SVGSVGElement {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const originals = [drawing, ...drawing.querySelectorAll("*")];
  const copies = [copy, ...copy.querySelectorAll("*")];
  for (const [i, original] of originals.entries()) {
    const style = getComputedStyle(original);
    const target = copies[i]!;
    for (const property of inherited) target.setAttribute(property, style.getPropertyValue(property));
    for (const attribute of ["class", "style", "tabindex", "role"]) target.removeAttribute(attribute);
  }
  return copy;
}

/** Width of a text in pixels. */
function measure(text: string, font: string): number {
  const context = document.createElement("canvas").getContext("2d")!;
  context.font = `${font} ${FONT}`;
  return context.measureText(text).width;
}

/** A faint curve beside a strong one of its colour is the same thing, less smoothed. */
const isNamed = (curve: Curve, _: number, all: readonly Curve[]): boolean =>
  !curve.ghost &&
  !((curve.opacity ?? 1) < 1 && all.some((other) => other.colour === curve.colour && (other.opacity ?? 1) === 1));

interface Placed {
  readonly curve: Curve;
  readonly x: number;
  readonly line: number;
}

/** Names in lines that are no wider than the chart. */
function legendPlaces(curves: readonly Curve[], width: number): readonly Placed[] {
  let x = 0;
  let line = 0;
  return curves.map((curve) => {
    const wide = LEGEND_STROKE + 5 + measure(curve.label, "12px");
    if (x > 0 && x + wide > width) {
      x = 0;
      line++;
    }
    const placed = { curve, x, line };
    x += wide + LEGEND_GAP;
    return placed;
  });
}

export function figureSvg({ drawing, title, curves }: Figure): SvgFile {
  const { width: inner, height } = drawing.getBoundingClientRect();
  // The legend names the curves again.
  const head = measure(title, TITLE_FONT) > inner ? title.split(": ")[0]! : title;
  const width = Math.ceil(Math.max(inner, measure(head, TITLE_FONT))) + 2 * PADDING;
  const places = legendPlaces(curves.filter(isNamed), width - 2 * PADDING);
  const legendTop = PADDING + TITLE_HEIGHT + height + 10;
  const whole = Math.ceil(legendTop + LEGEND_LINE * ((places.at(-1)?.line ?? -1) + 1) + PADDING);
  const colour = (value: string): string => resolved(value, drawing);
  const root = element("svg", {
    xmlns: NAMESPACE,
    width,
    height: whole,
    viewBox: `0 0 ${width} ${whole}`,
    "font-family": FONT,
    role: "img",
  });
  const copy = inlined(drawing);
  for (const [key, value] of Object.entries({ x: PADDING, y: PADDING + TITLE_HEIGHT, width: inner, height }))
    copy.setAttribute(key, String(value));
  root.append(
    element("title", {}, title),
    element("rect", { width, height: whole, fill: colour("var(--panel)") }),
    element(
      "text",
      { x: PADDING, y: PADDING + 13, "font-size": 13, "font-weight": 600, fill: colour("var(--ink)") },
      head,
    ),
    copy,
    ...places.flatMap(({ curve, x, line }) =>
      legendEntry(curve, PADDING + x, legendTop + LEGEND_LINE * line + 9, colour),
    ),
  );
  return { text: new XMLSerializer().serializeToString(root), width, height: whole };
}

function legendEntry(curve: Curve, x: number, y: number, colour: (value: string) => string): readonly SVGElement[] {
  return [
    element("line", {
      x1: x,
      x2: x + LEGEND_STROKE,
      y1: y,
      y2: y,
      stroke: colour(curve.colour),
      "stroke-width": 2,
      "stroke-dasharray": curve.dash ?? "none",
      "stroke-opacity": curve.opacity ?? 1,
    }),
    element("text", { x: x + LEGEND_STROKE + 5, y: y + 4, "font-size": 12, fill: colour("var(--ink)") }, curve.label),
  ];
}
