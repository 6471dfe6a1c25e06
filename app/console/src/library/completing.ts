// What may stand at the caret of a search: fields, their values, operators.
import { fields, labels, tags } from "../api/console";
import { quoted } from "../look/tags";

export interface Choice {
  /** What is put in place of the word at the caret. */
  text: string;
  shown: string;
  says: string;
  /** The value follows: go on completing. */
  open: boolean;
}

export interface Word {
  start: number;
  end: number;
  text: string;
}

const OPERATORS = ["AND", "OR", "NOT"];
const FORMATS = ["jpg", "png", "webp", "gif", "avif", "tiff", "heic", "svg", "pdf", "mp4"];
const KINDS = ["image", "video", "raw"];
const MOST = 9;
let known: ReturnType<typeof fields> | null = null;

/** The word around the caret: from the last space or parenthesis outside of quotes. */
export function wordAt(text: string, caret: number): Word {
  let start = 0;
  let open = "";
  for (let place = 0; place < caret; place += 1) {
    const sign = text[place]!;
    if (open) open = sign === open ? "" : open;
    else if (sign === '"' || sign === "'") open = sign;
    else if (/[\s()]/.test(sign)) start = place + 1;
  }
  return { start, end: caret, text: text.slice(start, caret) };
}

export async function choices(word: Word): Promise<Choice[]> {
  const minus = /^[-+]/.test(word.text) ? word.text[0]! : "";
  const said = word.text.slice(minus.length);
  const match = /^([a-z_]+(?:\.[^\s:=<>]+)?)(:|=|>=|<=|>|<)(.*)$/i.exec(said);
  if (match) return (await values(match[1]!, match[3]!.replace(/^["']/, ""))).map((one) => ({ ...one, text: `${minus}${match[1]}${match[2]}${one.text}` }));
  if (!said) return [];
  const all = (await (known ??= fields())).fields;
  const lower = said.toLowerCase();
  const operators = OPERATORS.filter((one) => one.startsWith(said.toUpperCase()) && said.length > 0);
  return [
    ...operators.map((one) => ({ text: one, shown: one, says: "operator", open: false })),
    ...all
      .filter((one) => one.name.toLowerCase().includes(lower))
      .sort((a, b) => Number(b.name.startsWith(lower)) - Number(a.name.startsWith(lower)))
      .map((one) => ({ text: minus + one.name.replace(/<.*$/, "") + (one.name.includes("<") ? "" : ":"), shown: one.name, says: one.sentence, open: true })),
  ].slice(0, MOST);
}

async function values(field: string, prefix: string): Promise<Choice[]> {
  const choice = (value: string, says: string): Choice => ({ text: quoted(value), shown: value, says, open: false });
  const fixed = (all: string[]) => all.filter((one) => one.startsWith(prefix.toLowerCase())).map((one) => choice(one, ""));
  if (field === "format") return fixed(FORMATS);
  if (field === "resource_type") return fixed(KINDS);
  if (field === "tags") return (await tags(prefix, MOST)).tags.map((one) => choice(one.tag, String(one.count)));
  if (field.startsWith("detected")) {
    const found = (await labels(prefix)).labels;
    return [...new Map(found.map((one) => [one.label, one])).values()].slice(0, MOST).map((one) => choice(one.label, `${one.model} · ${one.count}`));
  }
  return [];
}
