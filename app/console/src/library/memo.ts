// A component that is drawn again only when some of its values change.
import { Component, h, type FunctionComponent } from "preact";

export function memo<P extends object>(Inner: FunctionComponent<P>, names: (keyof P)[]): FunctionComponent<P> {
  class Kept extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return names.some((name) => next[name] !== (this.props as P)[name]);
    }

    override render(props: P) {
      return h(Inner, props as never);
    }
  }
  return Kept as unknown as FunctionComponent<P>;
}
