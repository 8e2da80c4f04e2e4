/** The weights of a session: at most one set of the user's own files, its numbers still in them. */
import type { ByteSource } from "../../contracts/byteSource";
import type { RunConfig } from "../../contracts/runConfig";
import { describeRecognised } from "../../core/checkpoint/recognise";
import { openedEntry } from "../products/catalogue/catalogue";
import { FILE_BACKBONE, type OpenedBackbone, openBackbone } from "../run/prepare/openedBackbone";
import type { Host } from "./host";
import type { StoredIdentity } from "./storedInputs";

export class WeightsInput {
  private current: OpenedBackbone | undefined;

  constructor(
    private readonly host: Host,
    private readonly onChange: () => void,
  ) {}

  /** Recognises and compares; what was open stays where that fails. */
  async open(sources: readonly ByteSource[]): Promise<void> {
    const opened = await openBackbone(sources);
    this.current = opened;
    const recognised = describeRecognised(opened.recognised);
    this.host.tell({ type: "weights", entry: openedEntry(opened), recognised, report: opened.report });
    this.onChange();
  }

  /** Undefined where none are open. */
  get opened(): OpenedBackbone | undefined {
    return this.current;
  }

  /** @throws where none are open. */
  need(): OpenedBackbone {
    if (this.current) return this.current;
    throw new Error("No weights were opened. Open a .safetensors, .pth, .pt or .bin file first.");
  }

  /** What a run of this configuration starts from; null: built in. */
  async identityOf({ backbone }: RunConfig): Promise<StoredIdentity | null> {
    const { opened } = this;
    return backbone === FILE_BACKBONE && opened ? { label: opened.name, identity: await opened.identity() } : null;
  }
}
