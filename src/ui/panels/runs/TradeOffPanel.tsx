import { useState } from "react";
import { chart } from "../../../figures/chart";
import { type Spread, spreadOf } from "../../../store/runs/seedStatistics";
import controls from "../../parts/controls.module.css";
import { formatCount } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { Segments } from "../../parts/Segments";
import { useWidth } from "../../parts/useWidth";
import { type Bundle, bundlesOf, type RunList } from "./model";
import { signed } from "./RunRow";
import styles from "./runs.module.css";

const counts = [
  { id: "backbone", label: "backbone", help: "What trains in the backbone, the method's own parameters among it" },
  { id: "all", label: "with decoders", help: "All that trains" },
] as const;
type Count = (typeof counts)[number]["id"];

interface Point {
  readonly key: string;
  readonly name: string;
  readonly colour: string;
  readonly parameters: number;
  /** Of the seeds that are ticked. */
  readonly delta: Spread;
}

function pointOf({ key, name, runs }: Bundle, count: Count): readonly Point[] {
  const delta = spreadOf(runs.flatMap((run) => run.delta ?? []));
  const trained = runs.find((run) => run.trained)?.trained;
  const parameters = trained ? trained.backbone + (count === "all" ? trained.decoders : 0) : 0;
  return delta && parameters > 0 ? [{ key, name, colour: runs[0]!.colour, parameters, delta }] : [];
}

/** Δm against trained parameters, of the ticked runs: up and left is better. */
export function TradeOffPanel({ list }: { readonly list: RunList }) {
  const [count, setCount] = useState<Count>("backbone");
  const points = bundlesOf(list.runs.filter(({ ticked }) => ticked)).flatMap((bundle) => pointOf(bundle, count));
  return (
    <Panel
      title="Δm against parameters"
      aside={list.referenceName && `reference: ${list.referenceName}`}
      tools={<Segments label="Parameters" choices={counts} chosen={count} onChoose={setCount} />}
    >
      {points.length > 0 ? (
        <Scatter points={points} />
      ) : (
        <p className={controls.note}>
          {list.referenceName
            ? "Ticked runs appear here when they were evaluated."
            : "Pin a reference run: Δm is the mean relative change of the metrics against it."}
        </p>
      )}
    </Panel>
  );
}

const HEIGHT = 320;

function Scatter({ points }: { readonly points: readonly Point[] }) {
  const [around, width] = useWidth(560);
  const svg = chart({
    about: summaryOf(points),
    x: { label: "trained parameters", logarithmic: true },
    y: { label: "Δm %" },
    scatter: points.map(({ name, colour, parameters, delta: { mean, sd } }) => ({
      ...{ label: name, x: parameters, y: mean, error: sd, colour },
    })),
    ...{ width, height: HEIGHT, fontSize: 13 },
    theme: { ink: "var(--muted)" },
  });
  return (
    // biome-ignore lint/security/noDangerouslySetInnerHtml: our own drawing, which escapes the names of runs.
    <div ref={around} className={styles.scatter} dangerouslySetInnerHTML={{ __html: svg }} />
  );
}

const summaryOf = (points: readonly Point[]): string =>
  `Δm by trained parameters: ${points
    .map(({ name, parameters, delta }) => `${name} ${signed(delta.mean)} % with ${formatCount(parameters)}`)
    .join("; ")}.`;
