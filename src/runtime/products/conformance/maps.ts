/** Maps of the reference, channels first, turned to ours. Letters: B batch, C channels, H and W sides. */
import type { GoldenTensor } from "./golden";

/** [B,C,H,W] → [B,H,W,C]. @throws where the tensor has other than four axes. */
export function channelsLast({ shape, data }: GoldenTensor): GoldenTensor {
  if (shape.length !== 4) throw new Error(`A map is [batch,channels,height,width]; [${shape.join(",")}] came.`);
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const area = height * width;
  const moved = Float64Array.from({ length: data.length }, (_, i) => {
    const channel = i % channels;
    const pixel = Math.floor(i / channels) % area;
    const image = Math.floor(i / channels / area);
    return data[(image * channels + channel) * area + pixel]!;
  });
  return { shape: [batch, height, width, channels], data: moved };
}
