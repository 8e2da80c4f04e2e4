import { Component, type ReactNode } from "react";
import { PartError } from "../../contracts/loadPart";
import controls from "./controls.module.css";
import styles from "./page.module.css";

interface Props {
  readonly name: string;
  /** Before another try. */
  readonly onRetry?: () => void;
  readonly children: ReactNode;
}

/** A part that cannot be drawn must not take the page and its run with it. */
export class Boundary extends Component<Props, { readonly error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  private readonly retry = (): void => {
    this.props.onRetry?.();
    this.setState({ error: null });
  };

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <section className={styles.failure} role="alert">
        {error instanceof PartError ? <NotLoaded name={this.props.name} /> : <NotDrawn {...this.props} error={error} />}
        <button type="button" className={controls.button} onClick={this.retry}>
          Try again
        </button>
        <button type="button" className={controls.button} onClick={() => location.reload()}>
          Reload
        </button>
      </section>
    );
  }
}

const NotLoaded = ({ name }: { readonly name: string }) => (
  <div>
    <h2>{name} could not be loaded</h2>
    <p>
      You may be offline, or a new version was published. Training goes on; a reload ends it at its last checkpoint.
    </p>
  </div>
);

const NotDrawn = ({ name, error }: { readonly name: string; readonly error: Error }) => (
  <div>
    <h2>{name} cannot be drawn</h2>
    <p>The run goes on.</p>
    <pre>{error.message}</pre>
  </div>
);
