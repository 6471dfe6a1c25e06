// The detectors that are installed, asked for once and again when they change.
import { session } from "../session/session";
import { Store } from "../store";
import { models } from "./console";
import type { Model } from "./types";

export const installed = new Store<Model[]>([]);
let asked: string | null = null;

export async function askModels(): Promise<void> {
  installed.set((await models()).models);
}

/** One entry a name: the newest version that works. */
export function newest(all: Model[]): Model[] {
  const good = all.filter((model) => model.newest && model.status === "ok");
  return [...new Map(good.map((model) => [model.name, model])).values()];
}

session.watch(() => {
  const { cloud, signed_in } = session.get();
  const who = signed_in ? cloud : null;
  if (who === asked) return;
  asked = who;
  if (who) void askModels().catch(() => undefined); // the page of models tells what is wrong
});
