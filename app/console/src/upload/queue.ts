// The queue of uploads: it outlives the page it was started on and an ended session, and nothing leaves it but by hand.
import { call, Failure, path, sentence } from "../api/client";
import { hear } from "../api/events";
import type { Asset, Event } from "../api/types";
import { session } from "../session/session";
import { Store } from "../store";
import type { Found } from "./gather";
import { options, wanted } from "./options";
import { send } from "./transfer";

export type State = "waiting" | "sending" | "looking" | "done" | "failed" | "cancelled";

export interface Item {
  id: string;
  name: string;
  /** Where it goes, whichever cloud is looked at meanwhile. */
  cloud: string;
  found: Found;
  turn: number;
  fields: Record<string, string>;
  state: State;
  size: number;
  sent: number;
  held: string;
  error: string;
  /** The server would take it if it were not to be looked at. */
  plainly: boolean;
  asset: Asset | null;
  stop: AbortController;
  batch: string;
  known: { public_id: string; resource_type: string; type: string } | null;
}

const AT_ONCE = 3;
export const queue = new Store<Item[]>([]);
let heard: Event[] = [];
let turns = 0;

export function add(found: Found[]): void {
  const items = found.map((one): Item => ({
    id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, // not over plain http from elsewhere
    name: one.file?.name ?? one.url ?? "",
    cloud: session.get().cloud ?? "",
    found: one,
    turn: (turns += 1),
    fields: wanted(options.get(), one.folder),
    state: "waiting",
    size: one.file?.size ?? 0,
    sent: 0,
    held: "",
    error: "",
    plainly: false,
    asset: null,
    stop: new AbortController(),
    batch: "",
    known: null,
  }));
  queue.set([...items, ...queue.get()]);
  next();
}

export function cancel(item: Item): void {
  item.stop.abort();
  if (item.state === "waiting") change(item, "cancelled");
}

export function retry(item: Item, plainly = false): void {
  if (plainly) {
    delete item.fields["detection"];
    delete item.fields["auto_tagging"];
  }
  Object.assign(item, { error: "", plainly: false, sent: 0, stop: new AbortController() });
  item.id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  change(item, "waiting");
  next();
}

export function clear(): void {
  queue.set(queue.get().filter((item) => !["done", "cancelled"].includes(item.state)));
}

export function forget(item: Item): void {
  queue.set(queue.get().filter((other) => other !== item));
}

function change(item: Item, state: State): void {
  item.state = state;
  queue.touch();
}

/** The oldest that wait are sent, a few at once. */
function next(): void {
  const busy = queue.get().filter((item) => item.state === "sending").length;
  const waiting = queue.get().filter((item) => item.state === "waiting");
  for (const item of waiting.sort((a, b) => a.turn - b.turn).slice(0, Math.max(0, AT_ONCE - busy))) void run(item);
}

async function run(item: Item): Promise<void> {
  change(item, "sending");
  try {
    const answer = item.found.file ? await sent(item, item.found.file) : await fetched(item, item.found.url ?? "");
    if (answer["status"] === "pending") {
      item.batch = String(answer["batch_id"] ?? "");
      item.known = answer as unknown as NonNullable<Item["known"]>;
      change(item, "looking");
      const early = heard.find((event) => concerns(event, item));
      if (early) void look(item, early);
      else void watch(item);
    } else {
      item.asset = answer as unknown as Asset;
      change(item, "done");
    }
  } catch (error) {
    const cancelled = error instanceof DOMException && error.name === "AbortError";
    item.error = cancelled ? "" : sentence(error);
    item.plainly = error instanceof Failure && /^Detection looks at images only/.test(error.message);
    change(item, cancelled ? "cancelled" : "failed");
  }
  next();
}

function sent(item: Item, file: File) {
  const fields = item.fields["detection"] ? { ...item.fields, async: "true" } : item.fields;
  return send(path("v1_1", item.cloud, "auto", "upload"), file, file.name, { ...fields, filename_override: file.name, use_filename_as_display_name: "true" }, item.id, {
    signal: item.stop.signal,
    progress: (bytes) => {
      item.sent = Math.max(item.sent, bytes);
      queue.touch();
    },
    held: (reason) => {
      if (item.held === reason) return;
      item.held = reason;
      queue.touch();
    },
  });
}

function fetched(item: Item, url: string): Promise<Record<string, unknown>> {
  return call("POST", path("v1_1", item.cloud, "auto", "upload"), { ...item.fields, file: url, use_filename_as_display_name: true }, item.stop.signal);
}

function concerns(event: Event, item: Item): boolean {
  if (event.status === "pending" || event.what === "deleted" || !item.known) return false;
  if (event.batch_id && event.batch_id === item.batch) return true;
  return event.public_id === item.known.public_id && event.type === item.known.type && event.resource_type === item.known.resource_type;
}

hear((event) => {
  heard = [event, ...heard].slice(0, 200);
  for (const item of queue.get()) if (item.state === "looking" && concerns(event, item)) void look(item, event);
});

/** Read what was found; a picture that is still being looked at stays as it is. */
async function look(item: Item, event?: Event): Promise<void> {
  if (!item.known) return;
  try {
    const { resource_type, type, public_id } = item.known;
    const asset = event?.asset_id
      ? await call<Asset>("GET", path("v1_1", item.cloud, "resources", event.asset_id))
      : await call<Asset>("POST", path("v1_1", item.cloud, "resources", "get_resource"), { resource_type, type, public_id });
    const status = asset.info?.detection?.object_detection?.status;
    item.asset = asset;
    if (item.state !== "looking") return;
    if (status === "failed") {
      item.error = "It is stored, but the detectors failed on it.";
      change(item, "failed");
    } else if (status !== "pending") change(item, "done");
    else queue.touch();
  } catch (error) {
    if (error instanceof Failure && error.status === 404) {
      item.error = "It was deleted while it was looked at.";
      change(item, "failed");
    }
  }
}

/** Events may be lost: ask now and then, too. */
async function watch(item: Item): Promise<void> {
  for (let wait = 1500; item.state === "looking"; wait = Math.min(15_000, wait * 1.6)) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (item.state === "looking") await look(item);
  }
}

addEventListener("beforeunload", (event) => {
  if (queue.get().some((item) => item.state === "sending" || item.state === "waiting")) event.preventDefault();
});
