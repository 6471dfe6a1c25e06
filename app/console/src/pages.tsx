// The table of pages: a new page is a row.
import type { ComponentType } from "preact";
import { AssetPage } from "./look/asset-page";
import { Library } from "./library/library";
import { Drop } from "./pages/drop";
import { Jobs } from "./pages/jobs";
import { Keys } from "./pages/keys";
import { Models } from "./pages/models";
import { Presets } from "./pages/presets";
import { Trash } from "./pages/trash";
import { Usage } from "./pages/usage";
import { Webhooks } from "./pages/webhooks";
import { ROOT } from "./router";

export interface Page {
  /** Behind /console; a part that begins with a colon is given to the page. */
  path: string;
  title: string;
  icon: string;
  group: "see" | "run" | "hidden";
  show: ComponentType<{ part: string }>;
}

export const PAGES: Page[] = [
  { path: "", title: "Drop", icon: "drop", group: "see", show: Drop },
  { path: "/library", title: "Library", icon: "library", group: "see", show: Library },
  { path: "/models", title: "Models", icon: "models", group: "see", show: Models },
  { path: "/presets", title: "Presets", icon: "presets", group: "run", show: Presets },
  { path: "/jobs", title: "Jobs", icon: "jobs", group: "run", show: Jobs },
  { path: "/webhooks", title: "Webhooks", icon: "webhooks", group: "run", show: Webhooks },
  { path: "/keys", title: "API keys", icon: "keys", group: "run", show: Keys },
  { path: "/trash", title: "Trash", icon: "trash", group: "run", show: Trash },
  { path: "/usage", title: "Usage", icon: "usage", group: "run", show: Usage },
  { path: "/asset/:asset", title: "Asset", icon: "eye", group: "hidden", show: AssetPage },
];

/** The page at a path, and the part of the path that it is given. */
export function pageAt(path: string): { page: Page; part: string } | null {
  for (const page of PAGES) {
    const [before, named] = page.path.split(":");
    const start = ROOT + (before ?? "");
    if (!named && path === start) return { page, part: "" };
    if (named && path.startsWith(start) && path.length > start.length) return { page, part: decodeURIComponent(path.slice(start.length)) };
  }
  return null;
}
