// A value that parts of the page watch.
import { useEffect, useReducer } from "preact/hooks";

export class Store<T> {
  private watchers = new Set<() => void>();
  private waiting = false;

  constructor(private current: T) {}

  get(): T {
    return this.current;
  }

  set(next: T): void {
    this.current = next;
    for (const watcher of [...this.watchers]) watcher();
  }

  /** The value changed from inside: tell of it once before the next frame, however often this is called until then. */
  touch(): void {
    if (this.waiting) return;
    this.waiting = true;
    const tell = () => {
      if (!this.waiting) return;
      this.waiting = false;
      this.set(this.current);
    };
    requestAnimationFrame(tell);
    setTimeout(tell, 120); // a hidden page has no frames
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}

/** The store's value; the component is drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const value = store.get();
  useEffect(() => {
    if (store.get() !== value) again(undefined);
    return store.watch(() => again(undefined));
  }, [store]);
  return value;
}

/** A choice of the person's that outlives the visit. */
export class Kept<T> extends Store<T> {
  constructor(
    private name: string,
    start: T,
  ) {
    super(read(name, start));
  }

  override set(next: T): void {
    try {
      localStorage.setItem(this.name, JSON.stringify(next));
    } catch {
      // private windows may refuse: then it lasts as long as the page
    }
    super.set(next);
  }
}

function read<T>(name: string, start: T): T {
  try {
    const said = localStorage.getItem(name);
    return said === null ? start : (JSON.parse(said) as T);
  } catch {
    return start;
  }
}
