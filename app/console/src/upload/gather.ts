// What was dropped, pasted or chosen: files with the folder they lay in, and addresses.

export interface Found {
  file?: File;
  url?: string;
  /** Path of the folder it came in, empty for a file of its own. */
  folder: string;
}

const ADDRESS = /^https?:\/\/\S+$/i;
const LITTER = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

/** Everything in a drop or a paste; folders are walked to their ends. */
export async function gather(data: DataTransfer): Promise<Found[]> {
  const entries = [...data.items].map((item) => (item.kind === "file" ? item.webkitGetAsEntry() : null)).filter((entry) => entry !== null);
  const plain = [...data.files];
  const text = data.getData("text/uri-list") || data.getData("text/plain");
  if (entries.length) return (await Promise.all(entries.map((entry) => walk(entry, "")))).flat();
  if (plain.length) return chosen(plain);
  return addresses(text);
}

export function chosen(files: Iterable<File>): Found[] {
  return [...files].map((file) => ({ file, folder: parent(file.webkitRelativePath) })).filter(({ file }) => !LITTER.has(file.name));
}

export function addresses(text: string): Found[] {
  const lines = text.split(/\s+/).map((line) => line.trim());
  return [...new Set(lines.filter((line) => ADDRESS.test(line)))].map((url) => ({ url, folder: "" }));
}

async function walk(entry: FileSystemEntry, folder: string): Promise<Found[]> {
  if (LITTER.has(entry.name)) return [];
  if (entry.isFile) {
    const file = await new Promise<File | null>((resolve) => (entry as FileSystemFileEntry).file(resolve, () => resolve(null)));
    return file ? [{ file, folder }] : [];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: Found[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) return found; // a reader gives a hundred at a time
    for (const item of some) found.push(...(await walk(item, folder ? `${folder}/${entry.name}` : entry.name)));
  }
}

function parent(path: string): string {
  return path.split("/").slice(0, -1).join("/");
}
