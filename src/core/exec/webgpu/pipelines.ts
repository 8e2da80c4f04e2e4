/** Compute pipelines and layouts, made once for each shader, entry point and set of overrides, shared by all plans of a device. */
import { type Dispatch, describeNode } from "./emit";

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

const known = new WeakMap<GPUDevice, Pipelines>();

/** A pipeline outlives the executor that asked for it: the next one on the device finds it compiled. */
export function pipelinesOf(device: GPUDevice): Pipelines {
  const pipelines = known.get(device) ?? new Pipelines(device);
  known.set(device, pipelines);
  return pipelines;
}

export class Pipelines {
  private readonly modules = new Map<string, { readonly module: GPUShaderModule; readonly code: string }>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();
  private readonly pipelines = new Map<string, Promise<Pipeline>>();

  constructor(private readonly device: GPUDevice) {}

  get(dispatch: Dispatch): Promise<Pipeline> {
    const { shader, entry, overrides, reads, writes } = dispatch;
    const constants = Object.entries(overrides)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`);
    const key = `${shader.name}|${entry}|${reads.length}|${writes.length}|${constants.join()}`;
    let made = this.pipelines.get(key);
    if (!made) {
      made = this.create(dispatch, key);
      this.pipelines.set(key, made);
      made.catch(() => this.pipelines.delete(key));
    }
    return made;
  }

  private async create(dispatch: Dispatch, label: string): Promise<Pipeline> {
    const module = this.module(dispatch);
    const layout = this.layout(dispatch.reads.length, dispatch.writes.length);
    try {
      const pipeline = await this.device.createComputePipelineAsync({
        label,
        layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: dispatch.entry, constants: { ...dispatch.overrides } },
      });
      return { pipeline, layout };
    } catch (error) {
      const { shader, entry } = dispatch;
      const info = await module.getCompilationInfo();
      const messages = info.messages.map(
        (m) => `${shader.name}.wgsl:${m.lineNum}:${m.linePos} ${m.type}: ${m.message}`,
      );
      throw new Error(
        [
          `${describeNode(dispatch.node)}: shader ${shader.name}.wgsl, entry ${entry}, does not make a pipeline with the overrides ${JSON.stringify(dispatch.overrides)}.`,
          ...messages,
          (error as Error).message,
        ].join("\n"),
      );
    }
  }

  private module({ shader }: Dispatch): GPUShaderModule {
    const known = this.modules.get(shader.name);
    if (known) {
      if (known.code !== shader.code)
        throw new Error(
          `Two shaders are named "${shader.name}". The name is the pipeline cache's key: name one of them anew.`,
        );
      return known.module;
    }
    // An error in the text comes back, with its place, when the pipeline is made; the scope keeps it from being reported twice.
    this.device.pushErrorScope("validation");
    const module = this.device.createShaderModule({ label: shader.name, code: shader.code });
    void this.device.popErrorScope();
    this.modules.set(shader.name, { module, code: shader.code });
    return module;
  }

  private layout(reads: number, writes: number): GPUBindGroupLayout {
    const key = `${reads}/${writes}`;
    const known = this.layouts.get(key);
    if (known) return known;
    const layout = this.device.createBindGroupLayout({
      label: key,
      entries: Array.from({ length: reads + writes }, (_, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: binding < reads ? ("read-only-storage" as const) : ("storage" as const) },
      })),
    });
    this.layouts.set(key, layout);
    return layout;
  }
}
