// Which assets are chosen, and from where a range begins.
import type { Listed } from "../api/types";
import { Store } from "../store";

export class Selection {
  readonly ids = new Store<Set<string>>(new Set());
  private from = 0;

  /** Choose one or let it go; with a range, everything from the last one to it. */
  turn(items: Listed[], place: number, range: boolean): void {
    const item = items[place];
    if (!item) return;
    if (range) return this.reach(items, this.from, place);
    const next = new Set(this.ids.get());
    if (!next.delete(item.asset_id)) next.add(item.asset_id);
    this.from = place;
    this.ids.set(next);
  }

  reach(items: Listed[], from: number, to: number): void {
    const next = new Set(this.ids.get());
    for (const item of items.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(item.asset_id);
    this.ids.set(next);
  }

  all(items: Listed[]): void {
    this.ids.set(new Set(items.map((item) => item.asset_id)));
  }

  clear(): void {
    if (this.ids.get().size) this.ids.set(new Set());
  }
}
