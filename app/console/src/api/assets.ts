// Calls about assets: the product's own API, as any SDK would call it.
import { call, consoleOf, Failure, inCloud } from "./client";
import type { Asset, Listed } from "./types";

export interface Page {
  resources: Listed[];
  total_count: number;
  next_cursor?: string;
}

const AT_ONCE = 500;
const SHOWN = "format,width,height,bytes,version,display_name,secure_url,tags,created_at,asset_folder".split(",");

export function find(said: { expression: string; sort_by?: unknown; max_results: number; next_cursor?: string | undefined }, signal?: AbortSignal) {
  return call<Page>("POST", inCloud("resources", "search"), { ...said, fields: SHOWN, with_field: ["tags"] }, signal);
}

export function details(id: string, more: Record<string, unknown> = {}, signal?: AbortSignal): Promise<Asset> {
  return call<Asset>("GET", inCloud("resources", id), more, signal);
}

export function update(id: string, changes: Record<string, unknown>): Promise<Asset> {
  return call<Asset>("PUT", inCloud("resources", id), changes);
}

/** Add tags to assets of one kind, or take them off. */
export function retag(command: "add" | "remove", tags: string[], assets: Listed[]): Promise<unknown> {
  return each(assets, (resource_type, type, public_ids) =>
    call("POST", inCloud(resource_type, "tags"), { command, tag: tags.join(","), public_ids, type }),
  );
}

/** One call for each kind of asset, a hundred at a time. */
async function each(assets: Listed[], run: (resourceType: string, type: string, ids: string[]) => Promise<unknown>): Promise<void> {
  const groups = new Map<string, Listed[]>();
  for (const asset of assets) {
    const kind = `${asset.resource_type}/${asset.type}`;
    groups.set(kind, [...(groups.get(kind) ?? []), asset]);
  }
  for (const group of groups.values()) {
    for (let start = 0; start < group.length; start += 100) {
      const { resource_type, type } = group[0]!;
      const some = group.slice(start, start + 100);
      await run(resource_type, type, some.map((asset) => asset.public_id));
    }
  }
}

/** Delete; the server can bring them back for an hour. */
export async function remove(ids: string[]): Promise<void> {
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    await call("POST", consoleOf("delete"), { asset_ids: ids.slice(start, start + AT_ONCE) });
  }
}

/** Bring deleted assets back. Raises Failure with the first reason when one stays away. */
export async function bringBack(ids: string[]): Promise<void> {
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const asset_ids = ids.slice(start, start + AT_ONCE);
    const { restored } = await call<{ restored: Record<string, { error?: unknown }> }>("POST", consoleOf("undelete"), { asset_ids });
    const wrong = Object.values(restored).find((one) => one.error)?.error;
    if (wrong) throw new Failure(typeof wrong === "string" ? wrong : ((wrong as { message?: string }).message ?? "One stays deleted."), 409);
  }
}

/** Run the same call for many, a few at a time; gives how many failed and the first reason. */
export async function many<T>(items: T[], run: (item: T) => Promise<unknown>): Promise<{ failed: number; reason: unknown }> {
  const rest = [...items];
  let failed = 0;
  let reason: unknown = null;
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      try {
        await run(item);
      } catch (error) {
        failed += 1;
        reason ??= error;
      }
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return { failed, reason };
}
