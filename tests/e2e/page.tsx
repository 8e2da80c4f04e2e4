/** The page on scripted events, or with `?replay=train` on recorded ones, for looking at it while developing: `npx vite`, then /tests/e2e/page.html. */
import { createRoot } from "react-dom/client";
import { bindAddress } from "../../src/app/address";
import { paced } from "../../src/app/paced";
import { saveExport } from "../../src/app/saveExport";
import { createSession } from "../../src/store/session";
import { createStudioStore } from "../../src/store/studio";
import { StudioContext } from "../../src/ui/parts/context";
import { StudioPage } from "../../src/ui/Studio";
import { fakeClient } from "./fakeClient";
import { loadRecording, replayClient } from "./replayClient";

const query = new URLSearchParams(location.search);
const breakAt = Number(query.get("breakAt"));
const store = createStudioStore({ schedule: paced() });
const labels = query.get("labels")?.split(",");
const scenario = query.get("replay");
const scripted = () =>
  fakeClient({
    stepMs: Number(query.get("stepMs") ?? 60),
    full: query.get("library") === "full",
    data: { images: Number(query.get("images") ?? 300), ...(labels ? { tasks: labels } : {}) },
    ...(breakAt > 0 ? { breakAt } : {}),
  });
const stepMs = Number(query.get("stepMs") ?? 60);
const client = scenario ? replayClient((await loadRecording())[scenario]!, stepMs) : scripted();
const session = createSession(store, client, {
  link: { query: location.search, hash: location.hash },
  onExport: (written) => void saveExport(written),
});
bindAddress(store);
// For tests that write a file of what is set up.
Object.assign(globalThis, { config: () => store.getState().setup.config });

createRoot(document.getElementById("root")!).render(
  <StudioContext value={{ store, session }}>
    <StudioPage />
  </StudioContext>,
);
