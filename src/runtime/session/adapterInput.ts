/** The adapter of a session: at most one, exported by another run. */
import type { AdapterReport } from "../../contracts/adapterReport";
import type { ByteSource } from "../../contracts/byteSource";
import type { RunConfig } from "../../contracts/runConfig";
import type { Inputs } from "../run/inputs";
import { holdsAdapter, type OpenedAdapter, openAdapter, reportAdapter } from "../run/prepare/openedAdapter";
import { adapterOf } from "../run/prepare/startFromAdapter";
import type { Host } from "./host";
import type { WeightsInput } from "./weightsInput";

export class AdapterInput {
  private opened: OpenedAdapter | undefined;
  private report: AdapterReport | null = null;

  constructor(
    private readonly host: Host,
    private readonly weights: WeightsInput,
  ) {}

  /** What the runs of this session may start from. */
  get inputs(): Inputs {
    const weights = this.weights.opened;
    const adapter = this.opened;
    return { ...(weights && { weights }), ...(adapter && { adapter }) };
  }

  /** Reads files that are an adapter, or else hands them on as weights; what was open stays where that fails. */
  async open(sources: readonly ByteSource[]): Promise<void> {
    if (await holdsAdapter(sources)) this.opened = await openAdapter(sources);
    else await this.weights.open(sources);
    // What an adapter belongs to may be among the weights that are opened after it.
    await this.compare();
  }

  /** Tells how the adapter stands to the backbones that are there; nothing where none is open. */
  private async compare(): Promise<void> {
    if (!this.opened) return;
    this.report = await reportAdapter(this.opened, this.weights.opened, this.host.platform);
    this.host.tell({ type: "adapter", report: this.report });
  }

  /** Before a run in progress is dropped for another. @throws where that one cannot start from the adapter that it names, as far as is known. */
  check(config: RunConfig): void {
    if (!adapterOf(config, this.inputs) || !this.report) return;
    const { ref, found, problem } = this.report;
    const isKnown = ref.sha256 === config.adapter?.sha256 && found?.backbone === config.backbone;
    if (isKnown && problem !== "") throw new Error(problem);
  }

  /** @throws where none is open. */
  need(): OpenedAdapter {
    if (this.opened) return this.opened;
    throw new Error("No adapter was opened. Open an adapter_model.safetensors that was exported here first.");
  }
}
