// What the server tells while it happens, and whether it can be heard.
import { ended, session } from "../session/session";
import { Store } from "../store";
import type { Event } from "./types";

type Heard = (event: Event) => void;

const listeners = new Set<Heard>();
export const hearing = new Store<"off" | "on" | "lost">("off");
export const jobsTold = new Store<number>(0);
/** How often the line was opened: what came in between was not heard. */
export const opened = new Store<number>(0);
let source: EventSource | null = null;
let cloud: string | null = null;

/** Call back for every asset that changes, until the returned function is called. */
export function hear(listener: Heard): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function open(): void {
  if (!cloud) return;
  source = new EventSource(`/console/api/events?cloud=${encodeURIComponent(cloud)}`);
  source.addEventListener("hello", () => {
    hearing.set("on");
    opened.set(opened.get() + 1);
  });
  source.addEventListener("signed_out", () => {
    source?.close();
    ended();
  });
  source.addEventListener("asset", (message) => {
    const event = JSON.parse(message.data) as Event;
    for (const listener of [...listeners]) listener(event);
  });
  source.addEventListener("jobs", () => jobsTold.set(jobsTold.get() + 1));
  source.addEventListener("error", () => {
    hearing.set("lost");
    if (source?.readyState === EventSource.CLOSED) setTimeout(again, 3000); // refused, not merely cut off
  });
}

function again(): void {
  source?.close();
  source = null;
  open();
}

session.watch(() => {
  const now = session.get();
  const wanted = now.signed_in ? now.cloud : null;
  if (wanted === cloud) return;
  cloud = wanted;
  hearing.set("off");
  again();
});
