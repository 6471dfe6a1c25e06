// What can be done with the chosen assets.
import { useState } from "preact/hooks";
import { folders } from "../api/console";
import { installed, newest } from "../api/installed";
import { useStore } from "../store";
import { useAsked } from "../ui/asked";
import { FormDialog } from "../ui/form-dialog";
import { Button, Name } from "../ui/parts";
import { count, plural } from "../ui/words";
import { analyse, move, tag, untag } from "./acting";
import type { Selection } from "./selection";
import type { Source } from "./source";

type Doing = "tag" | "untag" | "look" | "move" | null;

export function Bar({ source, selection, drop }: { source: Source; selection: Selection; drop: () => void }) {
  const chosen = useStore(selection.ids);
  const { items } = useStore(source.results);
  const [doing, setDoing] = useState<Doing>(null);
  if (!chosen.size) return null;
  const assets = items.filter((item) => chosen.has(item.asset_id));
  const done = () => setDoing(null);
  const tags = [...new Set(assets.flatMap((asset) => asset.tags ?? []))].sort();
  return (
    <>
      <div class="bar" role="toolbar" aria-label="With the chosen assets">
        <strong role="status">{count(chosen.size)} chosen</strong>
        <Button run={() => setDoing("tag")} kind="quiet" icon="tag">
          Tag
        </Button>
        <Button run={() => setDoing("untag")} kind="quiet" icon="minus" disabled={!tags.length}>
          Untag
        </Button>
        <Button run={() => setDoing("look")} kind="quiet" icon="eye">
          Look again
        </Button>
        <Button run={() => setDoing("move")} kind="quiet" icon="folder">
          Move
        </Button>
        <Button run={drop} kind="quiet" icon="trash">
          Delete
        </Button>
        <Button run={() => selection.clear()} kind="quiet" icon="close" label="Choose nothing" />
      </div>
      {doing === "tag" && <TagThem count={assets.length} close={done} run={(said) => tag(source, assets, said)} />}
      {doing === "untag" && <UntagThem tags={tags} close={done} run={(said) => untag(source, assets, said)} />}
      {doing === "look" && <LookAgain count={assets.length} close={done} run={(names) => analyse(assets, names.join(","))} />}
      {doing === "move" && <MoveThem count={assets.length} close={done} run={(folder) => move(source, assets, folder)} />}
    </>
  );
}

function TagThem({ count: many, close, run }: { count: number; close: () => void; run: (tags: string[]) => Promise<void> }) {
  const said = (form: FormData) =>
    String(form.get("tags"))
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean);
  return (
    <FormDialog title={`Tag ${plural(many, "asset")}`} verb="Tag" close={close} run={(form) => run(said(form))}>
      <label class="field">
        <span>Tags, with commas between them</span>
        <input name="tags" required autofocus />
      </label>
    </FormDialog>
  );
}

function UntagThem({ tags, close, run }: { tags: string[]; close: () => void; run: (tags: string[]) => Promise<void> }) {
  return (
    <FormDialog title="Take tags off" verb="Take off" close={close} run={(form) => run(form.getAll("tag").map(String))}>
      <fieldset class="pick">
        <legend>Tags of the chosen assets</legend>
        {tags.slice(0, 100).map((one) => (
          <label key={one} class="toggle">
            <input type="checkbox" name="tag" value={one} />
            <Name>{one}</Name>
          </label>
        ))}
      </fieldset>
      <p class="says">A tag that is taken off stays off, whatever a model says later.</p>
    </FormDialog>
  );
}

function LookAgain({ count: many, close, run }: { count: number; close: () => void; run: (names: string[]) => Promise<void> }) {
  const models = newest(useStore(installed));
  return (
    <FormDialog title={`Look at ${plural(many, "asset")} again`} verb="Look" close={close} run={(form) => run(form.getAll("model").map(String))}>
      <fieldset class="pick">
        <legend>Look with</legend>
        {models.map((model, place) => (
          <label key={model.name} class="toggle">
            <input type="checkbox" name="model" value={model.name} defaultChecked={place === 0} />
            <Name>{model.name}</Name>
          </label>
        ))}
      </fieldset>
    </FormDialog>
  );
}

function MoveThem({ count: many, close, run }: { count: number; close: () => void; run: (folder: string) => Promise<void> }) {
  const filed = useAsked(async () => (await folders()).folders);
  return (
    <FormDialog title={`Move ${plural(many, "asset")}`} verb="Move" close={close} run={(form) => run(String(form.get("folder")).replace(/^\/+|\/+$/g, ""))}>
      <label class="field">
        <span>Folder; empty for the root, a new one is made</span>
        <input name="folder" list="all-folders" autofocus spellcheck={false} />
      </label>
      <datalist id="all-folders">{filed.value?.map((one) => <option key={one.path} value={one.path} />)}</datalist>
    </FormDialog>
  );
}
