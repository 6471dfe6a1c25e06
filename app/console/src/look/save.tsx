// Saving what the threshold keeps: as tags of this picture, or as a preset for uploads to come.
import { useState } from "preact/hooks";
import { update } from "../api/assets";
import { savePreset } from "../api/console";
import type { Asset } from "../api/types";
import { FormDialog } from "../ui/form-dialog";
import { Button } from "../ui/parts";
import { tell } from "../ui/toasts";
import { plural } from "../ui/words";
import type { Threshold } from "./findings";

interface Props {
  asset: Asset;
  chosen: string[];
  threshold: Threshold;
  sticking: string[];
  changed: (asset: Asset) => void;
}

export function Save({ asset, chosen, threshold, sticking, changed }: Props) {
  const [naming, setNaming] = useState(false);
  const said = { detection: chosen.join(","), auto_tagging: String(threshold) };
  const fresh = sticking.filter((label) => !asset.tags?.includes(label));
  const save = async () => {
    const before = asset.tags ?? [];
    const saved = await update(asset.asset_id, said);
    changed(saved);
    const gained = (saved.tags ?? []).filter((tag) => !before.includes(tag));
    const undo = async () => changed(await update(asset.asset_id, { tags: before.join(",") }));
    if (gained.length) tell(`Tagged: ${gained.join(", ")}`, { undo: () => void undo() });
    else tell("No new tags: they are there already, or a person took them off.");
  };
  return (
    <div class="save">
      <Button run={save} kind="main" icon="tag" disabled={!sticking.length}>
        {fresh.length ? `Save ${plural(fresh.length, "tag")}` : "Save as tags"}
      </Button>
      <Button run={() => setNaming(true)} icon="presets" disabled={!chosen.length}>
        Save as preset
      </Button>
      {naming && <NamePreset said={said} close={() => setNaming(false)} />}
    </div>
  );
}

function NamePreset({ said, close }: { said: Record<string, string>; close: () => void }) {
  const save = async (form: FormData) => {
    const name = String(form.get("name")).trim();
    await savePreset(name, true, { ...said, unsigned: form.has("unsigned") });
    tell(`Preset ${name} saved`);
  };
  return (
    <FormDialog title="Save as preset" verb="Save" close={close} run={save}>
      <p class="says">
        Uploads that name it are looked at with <b>{said["detection"]}</b> and tagged from <b>{said["auto_tagging"]}</b>.
      </p>
      <label class="field">
        <span>Name</span>
        <input name="name" required autofocus spellcheck={false} placeholder="look-and-tag" />
      </label>
      <label class="check">
        <input type="checkbox" name="unsigned" /> Browsers may use it without a signature
      </label>
    </FormDialog>
  );
}
