/** What the browser says of itself and its GPU. */

const limits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupsPerDimension",
] as const;

/** Facts by name; without WebGPU, or where it is refused, that is one of them. */
export async function machineFacts(): Promise<readonly (readonly [string, string])[]> {
  const common: readonly (readonly [string, string])[] = [
    ["browser", navigator.userAgent],
    ["threads", String(navigator.hardwareConcurrency)],
    ["cross-origin isolated", crossOriginIsolated ? "yes" : "no"],
  ];
  const adapter = await (navigator.gpu as GPU | undefined)?.requestAdapter().catch(() => null);
  if (!adapter) return [...common, ["WebGPU", "not offered by this browser"]];
  const { vendor, architecture, device, description } = adapter.info;
  return [
    ...common,
    ["WebGPU adapter", [vendor, architecture, device, description].filter(Boolean).join(" ") || "without a name"],
    ["features", [...adapter.features].join(", ") || "none"],
    ...limits.map((name) => [name, String(adapter.limits[name])] as const),
  ];
}
