/** The adapter of a session: at most one, exported by another run. */
import type { AdapterReport } from "../../contracts/adapterReport";
import type { ByteSource } from "../../contracts/byteSource";
import type { RunConfig } from "../../contracts/runConfig";
import { holdsAdapter, type OpenedAdapter, openAdapter, reportAdapter } from "../run/prepare/openedAdapter";
import { adapterOf } from "../run/prepare/startFromAdapter";
import type { Host } from "./host";
import type { WeightsInput } from "./weightsInput";

export class AdapterInput {
  private report: AdapterReport | null = null;

  constructor(
    private readonly host: Host,
    private readonly weights: WeightsInput,
  ) {}

  /** Reads files that are an adapter, or else hands them on as weights; what was open stays where that fails. */
  async open(sources: readonly ByteSource[]): Promise<void> {
    if (await holdsAdapter(sources)) {
      const adapter = await openAdapter(sources);
      this.host.platform = { ...this.host.platform, adapter };
    } else await this.weights.open(sources);
    // What an adapter belongs to may be among the weights that are opened after it.
    await this.compare();
  }

  /** Tells how the adapter stands to the backbones that are there; nothing where none is open. */
  private async compare(): Promise<void> {
    const { platform, tell } = this.host;
    if (!platform.adapter) return;
    this.report = await reportAdapter(platform.adapter, platform);
    tell({ type: "adapter", report: this.report });
  }

  /** Before a run in progress is dropped for another. @throws where that one cannot start from the adapter that it names, as far as is known. */
  check(config: RunConfig): void {
    if (!adapterOf(config, this.host.platform) || !this.report) return;
    const { ref, found, problem } = this.report;
    const isKnown = ref.sha256 === config.adapter?.sha256 && found?.backbone === config.backbone;
    if (isKnown && problem !== "") throw new Error(problem);
  }

  /** @throws where none is open. */
  need(): OpenedAdapter {
    const { adapter } = this.host.platform;
    if (adapter) return adapter;
    throw new Error("No adapter was opened. Open an adapter_model.safetensors that was exported here first.");
  }
}
