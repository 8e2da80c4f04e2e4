/** The adapter of a session: at most one, exported by another run. */
import type { ByteSource } from "../../contracts/byteSource";
import { type OpenedAdapter, openAdapter, reportAdapter } from "../prepare/openedAdapter";
import type { Host } from "./host";

export class AdapterShelf {
  constructor(private readonly host: Host) {}

  /** Reads and compares; what was open stays where that fails. */
  async open(sources: readonly ByteSource[]): Promise<void> {
    const adapter = await openAdapter(sources);
    this.host.environment = { ...this.host.environment, adapter };
    await this.compare();
  }

  /** Tells how the adapter stands to the backbones that are there; nothing where none is open. */
  async compare(): Promise<void> {
    const { adapter } = this.host.environment;
    if (adapter) this.host.tell({ type: "adapter", report: await reportAdapter(adapter, this.host.environment) });
  }

  /** @throws where none is open. */
  need(): OpenedAdapter {
    const { adapter } = this.host.environment;
    if (adapter) return adapter;
    throw new Error("No adapter was opened. Open an adapter_model.safetensors that was exported here first.");
  }
}
