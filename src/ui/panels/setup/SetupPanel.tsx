import { type ReactNode, useId, useState } from "react";
import type { Catalogue, Setting } from "../../../contracts/catalogue";
import type { RunConfig } from "../../../contracts/runConfig";
import { settingsOf } from "../../../store/setup/methodSettings";
import { useCatalogue, useSlice, useStudio } from "../../parts/context";
import controls from "../../parts/controls.module.css";
import { formatCount } from "../../parts/format";
import { Panel } from "../../parts/Panel";
import { recipeTitle } from "../library/entries";
import { WeightsPicker } from "../weights/WeightsPicker";
import { Budget } from "./Budget";
import { CheckpointSetting } from "./CheckpointSetting";
import { DataPicker } from "./DataPicker";
import { Choice, FieldRow, SettingField } from "./Field";
import { MethodPicker } from "./MethodPicker";
import { OwnTasks } from "./OwnTasks";
import { Pending } from "./Pending";
import styles from "./setup.module.css";
import { TaskList } from "./TaskList";

/** Everything that makes a run, as the catalogue describes it. */
export function SetupPanel() {
  const ids = { all: useId(), preset: useId(), backbone: useId(), head: useId() };
  const { store } = useStudio();
  const catalogue = useCatalogue();
  const preset = useSlice((state) => state.setup.preset);
  const config = useSlice((state) => state.setup.config);
  const notices = useSlice((state) => state.setup.notices);
  const [unfolded, setUnfolded] = useState(false);
  if (!catalogue || !config)
    return (
      <Panel title="Set-up">
        <p className={controls.note}>Loading the studio…</p>
      </Panel>
    );
  const base = catalogue.presets.find(({ id }) => id === preset);
  const backbone = catalogue.backbones.find(({ id }) => id === config.backbone);
  const ofGroup = (group: Setting["group"]): readonly Setting[] =>
    settingsOf(catalogue, config).filter((one) => one.group === group);
  return (
    <Panel
      title="Set-up"
      aside={<span className={styles.brief}>{brief(catalogue, config)}</span>}
      tools={
        <button
          type="button"
          className={styles.fold}
          aria-expanded={unfolded}
          aria-controls={ids.all}
          onClick={() => setUnfolded(!unfolded)}
        >
          {unfolded ? "Hide" : "Change"}
        </button>
      }
    >
      <div className={styles.notices}>
        <Pending />
        {notices.map((notice) => (
          <p key={notice} className={styles.notice}>
            {notice}
          </p>
        ))}
      </div>
      <div id={ids.all} className={styles.setup} data-unfolded={unfolded}>
        <section className={styles.group} aria-label="Model and data">
          <FieldRow label="Preset" help={base?.help ?? ""} controlId={ids.preset}>
            <Choice id={ids.preset} entries={catalogue.presets} value={preset} onSet={store.choosePreset} />
          </FieldRow>
          <FieldRow
            label="Backbone"
            help={`${backbone?.help ?? ""} ${backbone ? `${formatCount(backbone.parameters)} parameters, ${backbone.imageSize} × ${backbone.imageSize} pixels.` : ""}`}
            controlId={ids.backbone}
            path="backbone"
          >
            <Choice
              id={ids.backbone}
              entries={catalogue.backbones}
              value={config.backbone}
              onSet={(id) => store.setField("backbone", id)}
            />
          </FieldRow>
          <WeightsPicker />
          <FieldRow
            label="Decoder"
            help={catalogue.decoders.find(({ id }) => id === config.decoder)?.help ?? ""}
            controlId={ids.head}
            path="decoder"
          >
            <Choice
              id={ids.head}
              entries={catalogue.decoders}
              value={config.decoder}
              onSet={(id) => store.setField("decoder", id)}
            />
          </FieldRow>
          <DataPicker />
          <Settings settings={ofGroup("data")} />
        </section>
        <TaskList />
        <OwnTasks />
        <MethodSection settings={ofGroup("method")} />
        <section className={styles.group} aria-label="Training">
          <h3>Training</h3>
          <Settings settings={ofGroup("training")} extra={<CheckpointSetting />} />
        </section>
        <Budget />
      </div>
    </Panel>
  );
}

/** What a narrow page says of the set-up while it is folded. */
function brief(catalogue: Catalogue, config: RunConfig): string {
  const source = catalogue.data.find(({ id }) => id === config.data.source)?.label ?? config.data.source;
  return `${recipeTitle(config, catalogue)}, ${source}`;
}

const isUnfreezeGroup = ({ path }: Setting): boolean => path.startsWith("method.unfreeze.");

/** The method, its own settings, and what is trained beside it where that is free to choose. */
function MethodSection({ settings }: { readonly settings: readonly Setting[] }) {
  const unfreeze = settings.filter(isUnfreezeGroup);
  return (
    <section className={styles.group} aria-label="Method">
      <h3>Method</h3>
      <MethodPicker />
      <Settings settings={settings.filter((setting) => !isUnfreezeGroup(setting))} />
      {unfreeze.length > 0 && (
        <fieldset className={styles.unfreeze}>
          <legend>Trained beside it</legend>
          <Settings settings={unfreeze} />
        </fieldset>
      )}
    </section>
  );
}

interface SettingsProps {
  readonly settings: readonly Setting[];
  /** One more control behind "More", which is no field of the configuration. */
  readonly extra?: ReactNode;
}

function Settings({ settings, extra }: SettingsProps) {
  const advanced = settings.filter((setting) => setting.advanced);
  const more = advanced.length + (extra ? 1 : 0);
  return (
    <>
      {settings
        .filter((setting) => !setting.advanced)
        .map((setting) => (
          <SettingField key={setting.path} setting={setting} />
        ))}
      {more > 0 && (
        <details className={controls.disclosure}>
          <summary>More ({more})</summary>
          <div className={styles.advanced}>
            {advanced.map((setting) => (
              <SettingField key={setting.path} setting={setting} />
            ))}
            {extra}
          </div>
        </details>
      )}
    </>
  );
}
