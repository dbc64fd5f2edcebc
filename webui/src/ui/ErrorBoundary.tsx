import { Component, type ReactNode } from "react";
import { ErrorBlock } from "./ErrorBlock";

/** Around each block: when one breaks, the others stay. resetKey: with another one it tries again. */
export class ErrorBoundary extends Component<
  { children: ReactNode; resetKey?: string },
  { error: unknown; resetKey?: string }
> {
  override state: { error: unknown; resetKey?: string } = { error: null, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps(props: { resetKey?: string }, state: { error: unknown; resetKey?: string }) {
    return props.resetKey === state.resetKey ? null : { error: null, resetKey: props.resetKey };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return <ErrorBlock error={this.state.error} onRetry={() => this.setState({ error: null })} />;
  }
}
