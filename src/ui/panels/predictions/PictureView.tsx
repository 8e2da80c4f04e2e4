import type { PointerEvent } from "react";
import type { Picture } from "../../../contracts/picture";
import { Pixels } from "../../pictures/Pixels";
import type { Place } from "../../pictures/pixels";
import styles from "./predictions.module.css";

interface Props {
  readonly picture: Picture;
  /** Empty where what is around it names it. */
  readonly label: string;
  readonly testId?: string;
  readonly pixelated: boolean;
  /** Where the cross stands; all pictures of a sample show the same place. */
  readonly place?: Place | null;
  readonly onPlace?: (place: Place | null) => void;
}

/** One picture, drawn pixel by pixel. */
export function PictureView({ picture, label, testId, pixelated, place, onPlace }: Props) {
  const point = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    onPlace?.({ u: (event.clientX - box.left) / box.width, v: (event.clientY - box.top) / box.height });
  };
  const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": true };
  return (
    <div className={styles.picture} onPointerMove={point} onPointerLeave={() => onPlace?.(null)}>
      <Pixels picture={picture} data-pixelated={pixelated} data-testid={testId} {...named} />
      {place && (
        <>
          <i className={styles.crossX} style={{ left: `${100 * place.u}%` }} />
          <i className={styles.crossY} style={{ top: `${100 * place.v}%` }} />
        </>
      )}
    </div>
  );
}
