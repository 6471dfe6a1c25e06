// The results of a search, page after page: as far as they were scrolled to, and how many there are in all.
import { find } from "../api/assets";
import { sentence } from "../api/client";
import type { Listed } from "../api/types";
import { Store } from "../store";

export interface Results {
  items: Listed[];
  total: number;
  loading: boolean;
  done: boolean;
  error: string;
  /** Milliseconds the first page took. */
  took: number;
}

const FIRST = 100;
const NEXT = 500;
const NOTHING: Results = { items: [], total: 0, loading: true, done: false, error: "", took: 0 };

export class Source {
  readonly results = new Store<Results>(NOTHING);
  /** Where the page was scrolled to when it was left. */
  scrolled = 0;
  private cursor: string | undefined;
  private wanted = 0;
  private busy = false;
  private stop = new AbortController();

  constructor(
    readonly expression: string,
    readonly sort: string,
  ) {
    this.want(1);
  }

  /** Load until there are that many, or all. */
  want(count: number): void {
    this.wanted = Math.max(this.wanted, count);
    if (!this.busy) void this.load();
  }

  close(): void {
    this.stop.abort();
  }

  retry(): void {
    this.put({ error: "" });
    void this.load();
  }

  /** Take assets out, or show them again. */
  without(gone: Set<string>): void {
    const { items, total } = this.results.get();
    const rest = items.filter((item) => !gone.has(item.asset_id));
    this.put({ items: rest, total: total - (items.length - rest.length) });
  }

  back(items: Listed[], total: number): void {
    this.put({ items, total });
  }

  /** Write changes of some assets, as they were made on the server. */
  change(ids: Set<string>, to: (item: Listed) => Listed): void {
    this.put({ items: this.results.get().items.map((item) => (ids.has(item.asset_id) ? to(item) : item)) });
  }

  private put(change: Partial<Results>): void {
    this.results.set({ ...this.results.get(), ...change });
  }

  private async load(): Promise<void> {
    this.busy = true;
    const begun = performance.now();
    while (!this.stop.signal.aborted && !this.results.get().done && this.results.get().items.length < this.wanted) {
      const before = this.results.get();
      if (!before.loading) this.put({ loading: true });
      try {
        const [field, way] = this.sort.split(" ");
        const page = await find(
          {
            expression: this.expression,
            sort_by: [{ [field ?? "created_at"]: way ?? "desc" }],
            max_results: before.items.length ? NEXT : FIRST,
            next_cursor: this.cursor,
          },
          this.stop.signal,
        );
        this.cursor = page.next_cursor;
        const { items, took } = this.results.get();
        const all = items.concat(page.resources);
        const done = !page.next_cursor;
        const total = done ? all.length : Math.max(page.total_count, all.length);
        this.put({ items: all, total, done, error: "", took: took || performance.now() - begun });
      } catch (error) {
        if (this.stop.signal.aborted) return;
        this.put({ error: sentence(error), loading: false });
        break;
      }
    }
    this.busy = false;
    if (this.results.get().loading) this.put({ loading: false });
  }
}

let last: { key: string; source: Source } | null = null; // found again when the person comes back from an asset

export function sourceOf(cloud: string, text: string, sort: string): Source {
  const key = [cloud, text, sort].join("\n");
  if (last?.key !== key) {
    last?.source.close();
    last = { key, source: new Source(text, sort) };
  }
  return last.source;
}

/** What was found is no longer right: search anew. */
export function forget(): void {
  last?.source.close();
  last = null;
}
