// The shapes of the server's answers, as far as the console reads them.

export type ResourceType = "image" | "video" | "raw";
export type Box = [x: number, y: number, width: number, height: number];

export interface Instance {
  "bounding-box": Box;
  categories?: string[];
  confidence: number;
  attributes?: Record<string, [name: string, confidence: number][]>;
}

export interface Analysis {
  model_name: string;
  model_version: number;
  tags: Record<string, Instance[]>;
}

export interface Detection {
  status: "pending" | "complete" | "failed";
  data?: Record<string, Analysis>;
}

export interface Listed {
  asset_id: string;
  public_id: string;
  resource_type: ResourceType;
  type: string;
  version: number;
  format?: string | null;
  width?: number | null;
  height?: number | null;
  bytes: number;
  display_name: string;
  asset_folder: string;
  created_at: string;
  secure_url: string;
  tags?: string[];
}

export interface Derived {
  id: string;
  transformation: string;
  format: string;
  bytes: number;
  secure_url: string;
}

export interface Kept {
  version_id: string;
  version: string;
  format: string;
  size: number;
  time: string;
}

export interface Asset extends Listed {
  etag?: string;
  placeholder?: boolean;
  original_filename?: string;
  context?: { custom?: Record<string, string> };
  metadata?: Record<string, unknown>;
  derived?: Derived[];
  derived_next_cursor?: string;
  versions?: Kept[];
  image_metadata?: Record<string, unknown>;
  colors?: [string, number][];
  info?: { detection?: { object_detection?: Detection } };
  [more: string]: unknown;
}

export interface Model {
  name: string;
  version: number | string;
  kind: string | null;
  threshold: number | null;
  labels: string[];
  size: unknown;
  licence?: string | null;
  source?: string | null;
  card?: string | null;
  quality: { set: string; metric: string; value: number | string }[];
  status: "ok" | "broken";
  reason?: string | null;
  builtin: boolean;
  newest: boolean;
}

export interface Preset {
  name: string;
  external_id?: string;
  unsigned: boolean;
  settings: Record<string, unknown>;
}

export interface Event {
  asset_id: string;
  public_id: string;
  resource_type: ResourceType;
  type: string;
  status: "pending" | "complete" | "failed";
  what: "created" | "analyzed" | "updated" | "deleted";
  batch_id?: string | null;
}
