// Calls that only the console makes: what is installed, what is waiting, who may call.
import { call, consoleOf, inCloud } from "./client";
import type { Kept, Model, Preset } from "./types";

export interface Job {
  id: number | string;
  name: string;
  status: string;
  due?: string | null;
  attempts?: number;
  starts?: number;
  error?: string | null;
  worker?: string | null;
  arguments?: unknown;
}

export interface Delivery {
  id: number | string;
  url: string;
  type: string;
  status: string;
  attempts: number;
  last_status?: number | null;
  last_error?: string | null;
  next_try?: string | null;
  created: string;
  payload?: unknown;
  tries?: unknown[];
}

export interface Key {
  key: string;
  created?: string | null;
  last_used?: string | null;
  own: boolean;
}

export interface Past {
  created_at: string;
  updated_at: string;
  uploaded_by?: string | null;
  versions: Kept[];
  analyses: { model: string; version: number; status: string; time: string }[];
  notices: Delivery[];
}

export interface Gone {
  asset_id: string;
  public_id: string;
  display_name: string;
  resource_type: string;
  format?: string | null;
  asset_folder: string;
  bytes: number;
  deleted_at: string;
  until: string;
}

export type Label = { model: string; label: string; count: number };
export type Tag = { tag: string; count: number };

const get = <T>(parts: string[], values: Record<string, unknown> = {}) => call<T>("GET", consoleOf(...parts), values);

export const models = () => get<{ models: Model[] }>(["models"]);
export const labels = (prefix = "") => get<{ labels: Label[] }>(["labels"], { prefix });
export const tags = (prefix = "", max_results = 60) => get<{ tags: Tag[] }>(["tags"], { prefix, max_results });
export const jobs = (status: string, cursor?: string) =>
  get<{ counts: { name: string; status: string; count: number }[]; jobs: Job[]; next_cursor?: string | null }>(["jobs"], { status, cursor, limit: 50 });
export const changeJob = (id: Job["id"], what: "replay" | "discard") => call("POST", consoleOf("jobs", String(id), what));
export const deliveries = (status: string, cursor?: string) =>
  get<{ deliveries: Delivery[]; next_cursor?: string | null }>(["deliveries"], { status, cursor, limit: 50 });
export const delivery = (id: Delivery["id"]) => get<Delivery>(["deliveries", String(id)]);
export const replay = (id: Delivery["id"]) => call("POST", consoleOf("deliveries", String(id), "replay"));
export const keys = () => get<{ keys: Key[] }>(["keys"]);
export const addKey = () => call<{ key: string; secret: string }>("POST", consoleOf("keys"));
export const removeKey = (key: string) => call("DELETE", consoleOf("keys", key));
export const history = (id: string) => get<Past>(["history", id]);
export const addModel = (form: FormData) => call<{ model: Model; notes: string[] }>("POST", consoleOf("models"), { form });
export const removeModel = (model: Model) => call("DELETE", consoleOf("models", model.name, String(model.version)));

export const trash = () => get<{ trash: Gone[] }>(["trash"]);
export const addCloud = (name: string) => call<{ name: string; key: string; secret: string }>("POST", consoleOf("clouds"), { name });

export const fields = () =>
  call<{ fields: { name: string; operators: unknown; values: string; sentence: string }[] }>("GET", inCloud("resources", "search", "fields"));
export const folders = (below = "") =>
  call<{ folders: { name: string; path: string }[] }>("GET", inCloud("folders", ...(below ? [below] : [])), { max_results: 500 });
export const presets = () => call<{ presets: Preset[] }>("GET", inCloud("upload_presets"), { max_results: 500 });
export const savePreset = (name: string, isNew: boolean, settings: Record<string, unknown>) =>
  isNew
    ? call("POST", inCloud("upload_presets"), { name, ...settings })
    : call("PUT", inCloud("upload_presets", name), settings);
export const removePreset = (name: string) => call("DELETE", inCloud("upload_presets", name));
export const usage = () => call<Record<string, unknown>>("GET", inCloud("usage"));
