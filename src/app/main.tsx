/** The page's entry: a worker that trains, a store that folds its events, a page that draws the store. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { connect } from "../runtime/session/browser/client";
import { createSession } from "../store/session";
import { createStudioStore } from "../store/studio";
import { KEEP_DATA } from "../ui/panels/library/Storage";
import { Boundary } from "../ui/parts/Boundary";
import { StudioContext } from "../ui/parts/context";
import { remembered } from "../ui/parts/remembered";
import { StudioPage } from "../ui/Studio";
import { bindAddress } from "./address";
import { paced } from "./paced";
import { saveExport } from "./saveExport";

const worker = new Worker(new URL("../runtime/session/browser/worker.ts", import.meta.url), {
  type: "module",
  name: "studio",
});
const store = createStudioStore({ schedule: paced() });
const session = createSession(store, connect(worker), {
  link: { query: location.search, hash: location.hash },
  onExport: (written) =>
    void saveExport(written).catch(({ message }: Error) =>
      store.apply({ type: "failed", message, detail: "", recoverable: true, of: "export" }),
    ),
});
bindAddress(store);
store.keepData(remembered(KEEP_DATA) !== "no");

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Boundary name="The page">
      <StudioContext value={{ store, session }}>
        <StudioPage />
      </StudioContext>
    </Boundary>
  </StrictMode>,
);
