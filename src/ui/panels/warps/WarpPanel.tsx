import { useMemo } from "react";
import { Chip, toggled } from "../../parts/chips";
import { streamColour, streamLabel } from "../../parts/colours";
import { useCatalogue, useRun, useShown, useShownSet } from "../../parts/context";
import { Panel } from "../../parts/Panel";
import { Segments } from "../../parts/Segments";
import { FlowCharts } from "./FlowCharts";
import { SpectrumChart } from "./SpectrumChart";
import { useWarps } from "./useWarps";
import { WarpAtlas } from "./WarpAtlas";
import styles from "./warps.module.css";

/** What DiTASK learns: how each adapted matrix's singular values are bent, for all tasks and for each. */
export function WarpPanel() {
  const catalogue = useCatalogue();
  const prepared = useRun((shown) => shown.run.prepared);
  const { sites, curves, theta, step, moved } = useWarps();
  const [wished, setWished] = useShown<string>("layer", "");
  const [partWished, setPart] = useShown<string>("part", "");
  const [hidden, setHidden] = useShownSet("hiddenStreams");
  const streams = useMemo(() => [...new Set(sites.flatMap(({ rows }) => rows.map(({ stream }) => stream)))], [sites]);
  // Until a site is chosen, one with as many streams as there are: it has the most to show.
  const widest = sites.reduce((most, site) => Math.max(most, site.rows.length), 0);
  const site = sites.find(({ name }) => name === wished) ?? sites.findLast(({ rows }) => rows.length === widest);
  const part = site?.parts.find((info) => info.part === partWished) ?? site?.parts[0];
  const reading = part?.reading ?? "value";

  return (
    <Panel
      title="Warps"
      step={step ?? undefined}
      aside={
        <>
          largest |φ(x) − x|{" "}
          <b data-testid="max-warp" className={styles.moved}>
            {moved.toFixed(4)}
          </b>
        </>
      }
      tools={step !== null && <span className={styles.step}>step {step}</span>}
    >
      {!site || !part || !prepared ? (
        <p className={styles.empty}>
          {prepared
            ? "This method warps no singular values. Choose one that does to see its warps here."
            : "The adapted matrices are listed once the model is ready."}
        </p>
      ) : (
        <>
          <WarpAtlas
            sites={sites}
            curves={curves}
            moved={moved}
            chosen={site.name}
            hidden={hidden}
            onChoose={setWished}
          />
          <p className={styles.scale}>
            each: φ(x) − x of its streams, all within ±{Math.max(moved, 0.01).toFixed(3)}; bar: how far it moved
          </p>
          <div className={styles.streams}>
            {streams.map((stream) => (
              <Chip
                key={stream}
                colour={streamColour(catalogue, stream)}
                on={!hidden.has(stream)}
                onToggle={() => setHidden(toggled(hidden, stream))}
              >
                {streamLabel(catalogue, stream)}
              </Chip>
            ))}
          </div>
          <div className={styles.siteHead}>
            <h3>{site.name}</h3>
            <span>
              {part.shape[0]} × {part.shape[1]}, {part.sigma.length} singular values
            </span>
            {site.parts.length > 1 && (
              <Segments
                label="Part of the matrix"
                choices={site.parts.map((info) => ({ id: info.part, label: info.part }))}
                chosen={part.part}
                onChoose={setPart}
              />
            )}
          </div>
          <SpectrumChart part={part} theta={theta} reading={reading} hidden={hidden} />
          <FlowCharts curves={curves.get(site.name) ?? []} reading={reading} hidden={hidden} />
        </>
      )}
    </Panel>
  );
}
