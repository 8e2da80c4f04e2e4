/** Our own GPUDevice: the adapter's limits instead of WebGPU's defaults, and its features where present. */

import type { PlanLimits } from "./plan";
import { isSoftwareAdapter } from "./softwareAdapter";

export interface DeviceOptions {
  readonly powerPreference?: GPUPowerPreference;
}

export interface OpenedDevice {
  readonly device: GPUDevice;
  readonly info: GPUAdapterInfo;
  readonly limits: PlanLimits;
  readonly features: ReadonlySet<string>;
}

const wantedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
] as const;

const wantedFeatures = ["timestamp-query", "subgroups", "shader-f16"] as const;

export function limitsOf(device: GPUDevice): PlanLimits {
  const { limits } = device;
  return {
    maxWorkgroupInvocations: limits.maxComputeInvocationsPerWorkgroup,
    maxWorkgroupStorageBytes: limits.maxComputeWorkgroupStorageSize,
    maxStorageBuffers: Math.min(8, limits.maxStorageBuffersPerShaderStage),
    subgroups: device.features.has("subgroups"),
    cpuAdapter: isSoftwareAdapter(device.adapterInfo),
    maxBufferBytes: Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize),
  };
}

/** The adapter's name for people. */
export function nameOf(info: GPUAdapterInfo): string {
  const words = [info.description || info.device || info.architecture, info.vendor].filter((s) => s !== "");
  return words.length > 0 ? words.join(", ") : "an unnamed adapter";
}

export async function openDevice(gpu: GPU, options: DeviceOptions = {}): Promise<OpenedDevice> {
  const adapter = await gpu.requestAdapter({ powerPreference: options.powerPreference ?? "high-performance" });
  if (!adapter) {
    throw new Error(
      "WebGPU is there but offers no adapter: the driver is missing, blocked or was lost. Choose another device, or restart the browser.",
    );
  }
  const requiredLimits = Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = wantedFeatures.filter((name) => adapter.features.has(name)) as GPUFeatureName[];
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
  return { device, info: adapter.info, limits: limitsOf(device), features: new Set(requiredFeatures) };
}
