import { type RefObject, useState } from "react";
import controls from "../parts/controls.module.css";
import { saveFile } from "../parts/saveFile";
import styles from "./charts.module.css";
import type { Curve } from "./curve";
import { figureSvg, type SvgFile } from "./figureSvg";

interface Props {
  /** What holds the chart. */
  readonly around: RefObject<HTMLElement | null>;
  readonly title: string;
  readonly curves: readonly Curve[];
}

/** "Losses by step: Depth" → "losses-by-step-depth" */
export const fileName = (title: string): string =>
  title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 60)
    .replace(/^-|-$/g, "") || "chart";

/** For print and screens of high density. */
const PNG_SCALE = 2;

async function pngOf({ text, width, height }: SvgFile): Promise<Blob> {
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = PNG_SCALE * width;
  canvas.height = PNG_SCALE * height;
  canvas.getContext("2d")!.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((png) => (png ? resolve(png) : reject(new Error("The browser made no PNG of it."))), "image/png"),
  );
}

/** The chart as it is drawn now, in the theme that is shown, as a file. */
export function SaveFigure({ around, title, curves }: Props) {
  const [problem, setProblem] = useState("");
  const save = async (kind: "png" | "svg"): Promise<void> => {
    const drawing = around.current?.querySelector<SVGSVGElement>("svg.recharts-surface");
    if (!drawing) return setProblem("The chart is not drawn yet.");
    try {
      const svg = figureSvg({ drawing, title, curves });
      const file = kind === "svg" ? new Blob([svg.text], { type: "image/svg+xml" }) : await pngOf(svg);
      saveFile(`${fileName(title)}.${kind}`, file);
      setProblem("");
    } catch (error) {
      setProblem(`The chart could not be saved: ${(error as Error).message}`);
    }
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a border and a legend of its own.
    <div className={styles.save} role="group" aria-label={`Save the chart: ${title}`}>
      <button
        type="button"
        className={controls.button}
        title="As it is drawn now, at twice the size on the screen"
        onClick={() => save("png")}
      >
        Save as PNG
      </button>
      <button
        type="button"
        className={controls.button}
        title="As it is drawn now, for drawing programs and print"
        onClick={() => save("svg")}
      >
        SVG
      </button>
      {problem && (
        <span className={styles.unsaved} role="alert">
          {problem}
        </span>
      )}
    </div>
  );
}
