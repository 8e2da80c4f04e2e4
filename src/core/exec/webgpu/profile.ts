/** GPU time of every dispatch, by timestamp queries. A profiling mode only: each dispatch gets a pass of its own. */
import { type BoundDispatch, recordPass } from "./bound";

export interface DispatchTime {
  /** Where in the model the node was made. */
  readonly scope: string;
  readonly op: string;
  readonly shader: string;
  readonly entry: string;
  readonly nanoseconds: number;
  readonly flops: number;
}

/** WebGPU's largest query set holds 4096 queries: two for each dispatch. */
const perQuerySet = 2048;

export async function timeDispatches(
  device: GPUDevice,
  dispatches: readonly BoundDispatch[],
): Promise<readonly DispatchTime[]> {
  if (!device.features.has("timestamp-query")) {
    throw new Error(
      "This device has no timestamp queries, so dispatches cannot be timed one by one. Chromium offers them on most hardware; the flag --enable-dawn-features=allow_unsafe_apis may be needed.",
    );
  }
  const times: DispatchTime[] = [];
  for (let from = 0; from < dispatches.length; from += perQuerySet) {
    const part = dispatches.slice(from, from + perQuerySet);
    const stamps = await timePart(device, part);
    for (const [i, { of }] of part.entries()) {
      const nanoseconds = Number(stamps[2 * i + 1]! - stamps[2 * i]!);
      const { shader, entry, flops, node } = of;
      times.push({ scope: node.scope, op: node.op.name, shader: shader.name, entry, nanoseconds, flops });
    }
  }
  return times;
}

async function timePart(device: GPUDevice, dispatches: readonly BoundDispatch[]): Promise<BigUint64Array> {
  const count = 2 * dispatches.length;
  const querySet = device.createQuerySet({ type: "timestamp", count });
  const resolved = device.createBuffer({
    size: 8 * count,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  const staging = device.createBuffer({ size: 8 * count, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  dispatches.forEach((_, i) => {
    const timestamps = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
    recordPass(encoder, dispatches, i, i + 1, timestamps);
  });
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const stamps = new BigUint64Array(staging.getMappedRange().slice(0));
  staging.unmap();
  for (const resource of [querySet, resolved, staging]) resource.destroy();
  return stamps;
}
