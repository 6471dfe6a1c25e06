// What is looked for: the person's own words and the filters beside them, as one expression of the search language.
import { quoted } from "../look/tags";

export interface Filters {
  q: string;
  object: string;
  sure: string;
  folder: string;
  from: string;
  to: string;
  format: string;
  sort: string;
}

export const EMPTY: Filters = { q: "", object: "", sure: "", folder: "", from: "", to: "", format: "", sort: "created_at desc" };

export const SORTS: Record<string, string> = {
  "created_at desc": "Newest first",
  "created_at asc": "Oldest first",
  "public_id asc": "By public ID",
  "bytes desc": "Largest first",
  "score desc": "Best match",
};

/** The filters in an address. */
export function read(query: URLSearchParams): Filters {
  const found = Object.fromEntries(Object.entries(EMPTY).map(([name, start]) => [name, query.get(name) ?? start])) as unknown as Filters;
  return found.sort in SORTS ? found : { ...found, sort: EMPTY.sort };
}

export function write(filters: Filters): string {
  const said = Object.entries(filters).filter(([name, value]) => value && value !== EMPTY[name as keyof Filters]);
  const text = new URLSearchParams(said).toString();
  return text && `?${text}`;
}

export function used(filters: Filters): number {
  return (["object", "sure", "folder", "from", "format"] as const).filter((name) => filters[name]).length + (filters.to && !filters.from ? 1 : 0);
}

/** The whole expression, and how many signs stand before the person's own. */
export function expression(filters: Filters): { text: string; before: number } {
  const parts: string[] = [];
  const { object, sure, folder, from, to, format } = filters;
  if (object) parts.push(sure ? `detected.confidence:${quoted(object)}>=${sure}` : `detected:${quoted(object)}`);
  else if (sure) parts.push(`detected.confidence>=${sure}`);
  if (folder) parts.push(`asset_folder=${quoted(folder)}`);
  if (from && to) parts.push(`created_at:[${from} TO ${to}]`);
  else if (from) parts.push(`created_at>=${from}`);
  else if (to) parts.push(`created_at<=${to}`);
  if (format) parts.push(`format:(${format.split(",").join(" OR ")})`);
  const typed = filters.q.trim();
  if (!typed) return { text: parts.join(" AND "), before: 0 };
  if (!parts.length) return { text: typed, before: 0 };
  return { text: `(${typed}) AND ${parts.join(" AND ")}`, before: 1 };
}

/** The column an error tells, in the person's own words; null where it tells none. */
export function column(error: string, before: number, typed: string): number | null {
  const found = /at column (\d+)/.exec(error);
  if (!found) return null;
  return Math.max(1, Math.min([...typed].length + 1, Number(found[1]) - before));
}
