import { Component, type ReactNode } from "react";
import controls from "./controls.module.css";
import styles from "./page.module.css";

interface Props {
  readonly name: string;
  readonly children: ReactNode;
}

/** A part that cannot be drawn must not take the page and its run with it. */
export class Boundary extends Component<Props, { readonly error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <section className={styles.failure} role="alert">
        <div>
          <h2>{this.props.name} cannot be drawn</h2>
          <p>The run goes on.</p>
          <pre>{error.message}</pre>
        </div>
        <button type="button" className={controls.button} onClick={() => this.setState({ error: null })}>
          Try again
        </button>
      </section>
    );
  }
}
