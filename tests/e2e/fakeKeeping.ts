/** Weights, library, checkpoints and exports of the scripted session: what a person would find after a few visits. */
import type { Catalogue } from "../../src/contracts/catalogue";
import type { Command } from "../../src/contracts/command";
import type { RunId } from "../../src/contracts/run";
import type { LibraryEntry, RunEvent, RunSummary } from "../../src/contracts/runEvent";
import { fullLibrary, keptRun, MEGABYTE, swinT, weightsOf } from "./fakeInput";

type Of<Type extends Command["type"]> = Extract<Command, { type: Type }>;
type Tell = (event: RunEvent) => void;

const QUOTA_BYTES = 2.1 * 1024 * MEGABYTE;

/** Files of more than one part, and a form that this run cannot have. */
const exported: Readonly<Record<string, readonly string[]>> = {
  adapter: ["adapter/adapter_model.safetensors", "adapter/adapter_config.json", "adapter/README.md"],
  metrics: ["metrics.json"],
};

export interface FakeKeeping {
  /** The run has come to rest, or done a step that checkpoints fall on. */
  checkpoint(summary: RunSummary, rests: boolean): void;
  /** A run of the library. */
  kept(run: RunId): RunSummary | undefined;
  readonly act: { [Type in Handled]: (command: Of<Type>) => void };
}

type Handled =
  | "open-weights"
  | "library"
  | "library-keep"
  | "library-open"
  | "library-remove"
  | "decompose"
  | "keep"
  | "export";

interface Host {
  readonly tell: Tell;
  readonly catalogue: () => Catalogue;
  readonly openFolder: (name: string) => void;
  /** Name and fingerprint of the opened folder. */
  readonly identity: () => { readonly name: string; readonly fingerprint: string };
  /** Whether an earlier visit left anything. */
  readonly full: boolean;
}

const PIECES = 8;

export function fakeKeeping({ tell, catalogue, openFolder, identity, full }: Host): FakeKeeping {
  let entries = full ? fullLibrary() : [];
  let every: number | null = 100;
  let persisted = false;
  const fail = (of: Handled, message: string): void => {
    tell({ type: "failed", message, detail: "at Session.act", recoverable: true, of });
  };
  const list = (): void => {
    const usedBytes = entries.reduce((sum, { bytes }) => sum + bytes, 1.2 * MEGABYTE);
    tell({ type: "library", entries, persisted, usedBytes, quotaBytes: QUOTA_BYTES });
  };
  const put = (entry: LibraryEntry): void => {
    entries = [...entries.filter(({ id }) => id !== entry.id), entry];
  };
  const openWeights = (name: string): void => {
    setTimeout(() => {
      if (/broken/.test(name))
        return fail(
          "open-weights",
          `${name} ends after 1,048,576 bytes; its header promises 113,380,352. Download it again; nothing was replaced.`,
        );
      tell(weightsOf(name));
      const known = catalogue();
      tell({ type: "catalogue", catalogue: { ...known, backbones: [...known.backbones, swinT] } });
    }, 300);
  };
  const inPieces = (count: number, pause: number, step: (done: number) => void): void => {
    for (let done = 0; done <= count; done++) setTimeout(() => step(done), pause * done);
  };
  return {
    kept: (run) => entries.find((entry) => entry.run?.run === run)?.run,
    checkpoint(run, rests) {
      if (every === null || run.step === 0 || !(rests || (every > 0 && run.step % every === 0))) return;
      const bytes = 12.4 * MEGABYTE;
      put({ ...keptRun(run, bytes, 0), changed: Date.now() });
      tell({ type: "checkpoint", run: run.run, kind: "newest", step: run.step, bytes });
    },
    act: {
      "open-weights": ({ files }) => openWeights(files[0]!.path),
      "library-open"({ id }) {
        const entry = entries.find((one) => one.id === id)!;
        if (entry.kind === "data") openFolder(entry.label);
        else openWeights(entry.label);
      },
      "library-keep"({ what }) {
        const totalBytes = 108 * MEGABYTE;
        inPieces(PIECES, 120, (done) => {
          tell({ type: "keeping", what, doneBytes: (totalBytes * done) / PIECES, totalBytes });
          if (done < PIECES) return;
          const { name, fingerprint } = identity();
          const label = what === "data" ? name : "swin_tiny_patch4_window7_224.pth";
          put({
            id: what === "data" ? `data/${fingerprint}` : `backbones/${label}`,
            kind: what === "data" ? "data" : "backbone",
            label,
            whole: true,
            bytes: totalBytes,
            files: 1,
            changed: Date.now(),
          });
          list();
        });
      },
      decompose() {
        inPieces(13, 150, (done) => tell({ type: "decomposing", fraction: done / 13, done: 4 * done, total: 52 }));
      },
      keep(command) {
        every = command.every;
      },
      library({ persist }) {
        persisted ||= persist ?? false;
        list();
      },
      "library-remove"({ id }) {
        entries = id === "all" ? [] : entries.filter((entry) => entry.id !== id);
        setTimeout(list, 100);
      },
      export({ run, what }) {
        if (what === "official")
          return fail(
            "export",
            'method.settings.reading is "value"; the released code only has "index". Train with it, or save the adapter instead.',
          );
        const files = exported[what] ?? [`${what}.txt`];
        setTimeout(() => {
          for (const name of files)
            tell({
              type: "artefact",
              run,
              name,
              mime: "application/octet-stream",
              bytes: new TextEncoder().encode(name),
            });
          tell({ type: "exported", run, what, files: files.length });
        }, 200);
      },
    },
  };
}
