/** The page on scripted events, for looking at it while developing: `npx vite`, then /tests/e2e/page.html. */
import { createRoot } from "react-dom/client";
import { bindAddress } from "../../src/app/address";
import { paced } from "../../src/app/paced";
import { saveExport } from "../../src/app/saveExport";
import { createSession } from "../../src/store/session";
import { createStudioStore } from "../../src/store/studio";
import { StudioContext } from "../../src/ui/parts/context";
import { StudioPage } from "../../src/ui/Studio";
import { fakeClient } from "./fakeClient";

const query = new URLSearchParams(location.search);
const breakAt = Number(query.get("breakAt"));
const store = createStudioStore({ schedule: paced() });
const labels = query.get("labels")?.split(",");
const client = fakeClient({
  stepMs: Number(query.get("stepMs") ?? 60),
  full: query.get("library") === "full",
  data: { images: Number(query.get("images") ?? 300), ...(labels ? { tasks: labels } : {}) },
  ...(breakAt > 0 ? { breakAt } : {}),
});
const session = createSession(store, client, {
  link: { query: location.search, hash: location.hash },
  onExport: (written) => void saveExport(written),
});
bindAddress(store);

createRoot(document.getElementById("root")!).render(
  <StudioContext value={{ store, session }}>
    <StudioPage />
  </StudioContext>,
);
