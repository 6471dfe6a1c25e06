// What is done with chosen assets: tags on and off, another look, another folder, away; each with its way back where there is one.
import { bringBack, many, remove, retag, update } from "../api/assets";
import { sentence } from "../api/client";
import type { Listed } from "../api/types";
import { tell } from "../ui/toasts";
import { plural } from "../ui/words";
import type { Source } from "./source";

const UNDO = 10; // seconds the way back is offered; later it is in the trash

function ids(assets: Listed[]): Set<string> {
  return new Set(assets.map((asset) => asset.asset_id));
}

const named = (assets: Listed[]) => plural(assets.length, "asset");

export async function tag(source: Source, assets: Listed[], tags: string[]): Promise<void> {
  await retag("add", tags, assets);
  source.change(ids(assets), (item) => ({ ...item, tags: [...new Set([...(item.tags ?? []), ...tags])] }));
  const fresh = assets.filter((asset) => tags.some((one) => !asset.tags?.includes(one)));
  tell(`${named(assets)} tagged ${tags.join(", ")}`, { undo: () => void untag(source, fresh, tags).catch(told) });
}

export async function untag(source: Source, assets: Listed[], tags: string[]): Promise<void> {
  if (!assets.length) return;
  await retag("remove", tags, assets);
  source.change(ids(assets), (item) => ({ ...item, tags: (item.tags ?? []).filter((one) => !tags.includes(one)) }));
  const had = assets.filter((asset) => tags.some((one) => asset.tags?.includes(one)));
  tell(`${tags.join(", ")} taken off ${named(assets)}`, { undo: () => void tag(source, had, tags).catch(told) });
}

/** The detectors look again, in jobs. */
export async function analyse(assets: Listed[], detection: string): Promise<void> {
  const pictures = assets.filter((asset) => asset.resource_type === "image");
  const { failed, reason } = await many(pictures, (asset) => update(asset.asset_id, { detection, async: true }));
  if (failed) tell(`${failed} could not be asked for: ${sentence(reason)}`, { bad: true });
  else tell(`${plural(pictures.length, "picture")} will be looked at again`);
}

export async function move(source: Source, assets: Listed[], folder: string): Promise<void> {
  const before = new Map(assets.map((asset) => [asset.asset_id, asset.asset_folder]));
  const { failed, reason } = await many(assets, (asset) => update(asset.asset_id, { asset_folder: folder }));
  source.change(ids(assets), (item) => ({ ...item, asset_folder: folder }));
  const back = () => many(assets, (asset) => update(asset.asset_id, { asset_folder: before.get(asset.asset_id) ?? "" }));
  if (failed) tell(`${failed} could not be moved: ${sentence(reason)}`, { bad: true });
  else tell(`${named(assets)} moved to ${folder || "the root"}`, { undo: () => void back() });
}

/** Gone from the page at once; the server keeps a way back. */
export async function drop(source: Source, assets: Listed[]): Promise<void> {
  const { items, total } = source.results.get();
  const gone = ids(assets);
  source.without(gone);
  try {
    await remove([...gone]);
  } catch (error) {
    source.back(items, total);
    return told(error);
  }
  const back = () => bringBack([...gone]).then(() => source.back(items, total), told);
  tell(`${named(assets)} deleted`, { seconds: UNDO, undo: () => void back() });
}

function told(error: unknown): void {
  tell(sentence(error), { bad: true });
}
