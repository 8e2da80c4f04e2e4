import { type CanvasHTMLAttributes, useEffect, useRef } from "react";
import type { Picture } from "../../contracts/picture";

interface Props extends CanvasHTMLAttributes<HTMLCanvasElement> {
  readonly picture: Picture;
}

/** A canvas with the pixels of a picture, drawn anew when the picture is another. */
export function Pixels({ picture, ...rest }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    context?.putImageData(new ImageData(picture.rgba, picture.width, picture.height), 0, 0);
  }, [picture]);
  return <canvas ref={canvas} width={picture.width} height={picture.height} {...rest} />;
}
