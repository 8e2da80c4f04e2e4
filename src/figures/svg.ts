/** Elements of SVG as text. */

type Attributes = Readonly<Record<string, string | number | undefined>>;

export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** `content` is SVG already; attributes that are undefined are left out. */
export function element(name: string, attributes: Attributes, content = ""): string {
  const written = Object.entries(attributes).map(([key, value]) =>
    value === undefined
      ? ""
      : ` ${key}="${typeof value === "number" ? Math.round(100 * value) / 100 : escaped(value)}"`,
  );
  return content === "" ? `<${name}${written.join("")}/>` : `<${name}${written.join("")}>${content}</${name}>`;
}

/** Text begins at x, unless `anchor` says otherwise. */
export const text = (x: number, y: number, content: string, anchor?: "middle" | "end", more: Attributes = {}): string =>
  element("text", { x, y, "text-anchor": anchor, ...more }, escaped(content));

export const path = (d: string, attributes: Attributes): string =>
  d === "" ? "" : element("path", { d, fill: "none", ...attributes });

/** "12.3 45.6": a tenth of a unit is finer than any screen. */
export const at = (x: number, y: number): string => `${Math.round(10 * x) / 10} ${Math.round(10 * y) / 10}`;
