/** The weights of a session: at most one set of the user's own files, its numbers still in them. */
import type { ByteSource } from "../../contracts/byteSource";
import type { RunConfig } from "../../contracts/runConfig";
import { describeRecognised } from "../../core/checkpoint/recognise";
import { openedEntry } from "../products/catalogue/catalogue";
import { FILE_BACKBONE, type OpenedBackbone, openBackbone } from "../run/prepare/openedBackbone";
import type { Host } from "./host";
import type { StoredIdentity } from "./storedInputs";

export class WeightsInput {
  constructor(
    private readonly host: Host,
    private readonly onChange: () => void,
  ) {}

  /** Recognises and compares; what was open stays where that fails. */
  async open(sources: readonly ByteSource[]): Promise<void> {
    const opened = await openBackbone(sources);
    this.host.platform = { ...this.host.platform, opened };
    const recognised = describeRecognised(opened.recognised);
    this.host.tell({ type: "weights", entry: openedEntry(opened), recognised, report: opened.report });
    this.onChange();
  }

  /** @throws where none are open. */
  need(): OpenedBackbone {
    const { opened } = this.host.platform;
    if (opened) return opened;
    throw new Error("No weights were opened. Open a .safetensors, .pth, .pt or .bin file first.");
  }

  /** What a run of this configuration starts from; null: built in. */
  async identityOf({ backbone }: RunConfig): Promise<StoredIdentity | null> {
    const { opened } = this.host.platform;
    return backbone === FILE_BACKBONE && opened ? { label: opened.name, identity: await opened.identity() } : null;
  }
}
