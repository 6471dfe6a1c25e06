// What is on the screen as code to copy.
import { useState } from "preact/hooks";
import type { Asset } from "../api/types";
import { session } from "../session/session";
import { useStore } from "../store";
import { Button } from "../ui/parts";
import { tell } from "../ui/toasts";
import type { Threshold } from "./findings";
import { LANGUAGES, snippet, type Language } from "./snippets";

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // without https a page may not write to the clipboard: the older way
    const sheet = document.createElement("textarea");
    sheet.value = text;
    document.body.append(sheet);
    sheet.select();
    document.execCommand("copy");
    sheet.remove();
  }
  tell(`${what} copied`);
}

export function Code({ asset, chosen, threshold }: { asset: Asset; chosen: string[]; threshold: Threshold }) {
  const { cloud } = useStore(session);
  const [language, setLanguage] = useState<Language>("curl");
  const [subject, setSubject] = useState<"this" | "new">("this");
  const text = snippet(language, { asset, cloud: cloud ?? "", address: location.origin, detection: chosen, threshold, subject });
  return (
    <div class="code">
      <div class="row">
        <div class="segments" role="group" aria-label="Language">
          {LANGUAGES.map((name) => (
            <button key={name} type="button" aria-pressed={language === name} onClick={() => setLanguage(name)}>
              {name}
            </button>
          ))}
        </div>
        <select aria-label="What the code is for" value={subject} onChange={(event) => setSubject(event.currentTarget.value as "this" | "new")}>
          <option value="this">For this picture</option>
          <option value="new">For new uploads</option>
        </select>
        <Button run={() => copy(text, "Code")} icon="copy">
          Copy
        </Button>
      </div>
      <pre tabIndex={0} aria-label={`Code in ${language}`}>
        {text}
      </pre>
    </div>
  );
}
