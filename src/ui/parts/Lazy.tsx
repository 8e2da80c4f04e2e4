import { type ComponentType, lazy, type ReactNode, Suspense } from "react";
import { loadPart } from "../../contracts/loadPart";
import { Boundary } from "./Boundary";

/** A component that is fetched when it is first drawn. */
export interface LazyPart<P extends object> {
  readonly name: string;
  Component: ComponentType<P>;
  /** React remembers that a lazy component failed: another try takes another one. */
  renew(): void;
}

export function lazyPart<P extends object>(
  name: string,
  load: () => Promise<{ readonly default: ComponentType<P> }>,
): LazyPart<P> {
  const fetched = () => lazy<ComponentType<P>>(() => loadPart(name, load)) as unknown as ComponentType<P>;
  const part: LazyPart<P> = {
    name,
    Component: fetched(),
    renew() {
      part.Component = fetched();
    },
  };
  return part;
}

interface Props<P extends object> {
  readonly part: LazyPart<P>;
  readonly given: P;
  /** Stands in its place until it has come. */
  readonly fallback: ReactNode;
}

/** Draws a part when it has come; where it does not come, a person may ask for it again. */
export function Lazy<P extends object>({ part, given, fallback }: Props<P>) {
  return (
    <Boundary name={part.name} onRetry={() => part.renew()}>
      <Suspense fallback={fallback}>
        <Current part={part} given={given} />
      </Suspense>
    </Boundary>
  );
}

const Current = <P extends object>({ part: { Component }, given }: Pick<Props<P>, "part" | "given">) => (
  <Component {...given} />
);
