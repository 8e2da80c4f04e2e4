/** Controls of a run that choose how its data is read. */
import type { Setting } from "../../../contracts/catalogue";
import { normalisations } from "../../../contracts/normalisation";
import { layouts } from "../../../data/layouts";

/** For the case that the recognised layout is not what a person means. */
const layout: Setting = {
  kind: "choice",
  group: "data",
  path: "data.layout",
  label: "Layout",
  help: "How your own files lie in their folders. Recognised by itself; choose where it is mistaken. Scenes have none.",
  advanced: true,
  choices: [
    { id: "auto", label: "Recognised", help: "The first layout that the folders and files fit." },
    ...layouts.map(({ id, description }) => ({ id, label: id, help: description })),
  ],
};

const normalisation: Setting = {
  kind: "choice",
  group: "data",
  path: "input.normalisation",
  label: "Colours",
  help: "What the backbone was trained to see. Weights do not tell.",
  advanced: true,
  choices: Object.entries(normalisations).map(([id, { label, help }]) => ({ id, label, help })),
};

export const dataChoices = [layout, normalisation];
