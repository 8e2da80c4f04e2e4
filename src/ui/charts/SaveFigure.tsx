import { type RefObject, useState } from "react";
import { chart } from "../../figures/chart";
import controls from "../parts/controls.module.css";
import { saveFile } from "../parts/saveFile";
import styles from "./charts.module.css";
import { figureSpec } from "./figureSpec";
import type { LineFigureProps } from "./LineFigure";

interface Props {
  /** What holds the chart: its width and its theme are those of the file. */
  readonly around: RefObject<HTMLElement | null>;
  readonly figure: LineFigureProps;
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

async function pngOf(svg: string): Promise<Blob> {
  const picture = new Image();
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = PNG_SCALE * picture.width;
  canvas.height = PNG_SCALE * picture.height;
  canvas.getContext("2d")!.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((png) => (png ? resolve(png) : reject(new Error("The browser made no PNG of it."))), "image/png"),
  );
}

/** A colour of the style sheet as its numbers, in the theme that is shown. */
function resolved(colour: string, within: HTMLElement): string {
  const probe = document.createElement("span");
  probe.style.color = colour;
  within.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** The numbers that the chart shows now, in the theme that is shown, as a file. */
export function SaveFigure({ around, figure }: Props) {
  const [problem, setProblem] = useState("");
  const title = figure.label;
  const save = async (kind: "png" | "svg"): Promise<void> => {
    try {
      const shown = around.current!;
      const svg = chart(figureSpec(figure, shown.clientWidth, (colour) => resolved(colour, shown)));
      const file = kind === "svg" ? new Blob([svg], { type: "image/svg+xml" }) : await pngOf(svg);
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
        title="As it is now, at twice the size on the screen"
        onClick={() => save("png")}
      >
        Save as PNG
      </button>
      <button
        type="button"
        className={controls.button}
        title="As it is now, for drawing programs and print"
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
