// The tags a picture has: take one off, add others.
import { useState } from "preact/hooks";
import { update } from "../api/assets";
import type { Asset } from "../api/types";
import { ROOT } from "../router";
import { Icon } from "../ui/icons";
import { Button, Name } from "../ui/parts";
import { sentence } from "../api/client";
import { tell } from "../ui/toasts";

export function Tags({ asset, changed }: { asset: Asset; changed: (asset: Asset) => void }) {
  const [text, setText] = useState("");
  const tags = asset.tags ?? [];
  const put = async (wanted: string[]) => changed(await update(asset.asset_id, { tags: wanted.join(",") }));
  const off = async (tag: string) => {
    await put(tags.filter((one) => one !== tag));
    tell(`${tag} is taken off, and stays off`, { undo: () => void put(tags) });
  };
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    const said = text.split(",").map((tag) => tag.trim()).filter(Boolean);
    try {
      if (said.length) await put([...new Set([...tags, ...said])]);
      setText("");
    } catch (error) {
      tell(sentence(error), { bad: true });
    }
  };
  return (
    <section class="tags" aria-label="Tags">
      <h3>Tags</h3>
      <p class="chips">
        {tags.map((tag) => (
          <span key={tag} class="chip linked">
            <a href={`${ROOT}/library?q=${encodeURIComponent(`tags=${quoted(tag)}`)}`}>
              <Name>{tag}</Name>
            </a>
            <Button run={() => off(tag)} kind="quiet" icon="close" label={`Take off ${tag}`} />
          </span>
        ))}
        {tags.length === 0 && <small>None yet</small>}
      </p>
      <form class="adding" onSubmit={(event) => void add(event)}>
        <input aria-label="Add tags" placeholder="Add tags, with commas" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        <button type="submit" class="button only" aria-label="Add" disabled={!text.trim()}>
          <Icon name="plus" size={18} />
        </button>
      </form>
    </section>
  );
}

/** A value as the search language reads it whole. */
export function quoted(value: string): string {
  return /^[\p{L}\p{N}_-]+$/u.test(value) && !/^(AND|OR|NOT)$|^-/.test(value) ? value : `"${value.replace(/["\\*]/g, "\\$&")}"`;
}
