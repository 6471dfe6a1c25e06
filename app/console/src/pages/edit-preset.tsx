// One preset in a dialog: detectors and tags by choice, any other parameter by its name.
import { useState } from "preact/hooks";
import { call } from "../api/client";
import { removePreset, savePreset } from "../api/console";
import { installed, newest } from "../api/installed";
import type { Preset } from "../api/types";
import { useStore } from "../store";
import { useAsked } from "../ui/asked";
import { FormDialog } from "../ui/form-dialog";
import { Button, Name } from "../ui/parts";
import { tell } from "../ui/toasts";

const OWN = ["detection", "auto_tagging"];
type Row = { name: string; value: string };

interface Props {
  preset: Preset | null;
  close: () => void;
  saved: () => void;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function EditPreset({ preset, close, saved }: Props) {
  const before = preset?.settings ?? {};
  const models = newest(useStore(installed));
  const known = useAsked(parameters);
  const [name, setName] = useState(preset?.name ?? "");
  const [unsigned, setUnsigned] = useState(preset?.unsigned ?? false);
  const [looks, setLooks] = useState<string[]>(text(before["detection"] ?? "").split(",").filter(Boolean));
  const [tagging, setTagging] = useState(text(before["auto_tagging"] ?? ""));
  const [rows, setRows] = useState<Row[]>(
    Object.entries(before)
      .filter(([one]) => !OWN.includes(one))
      .map(([one, value]) => ({ name: one, value: text(value) })),
  );
  const put = (place: number, change: Partial<Row>) => setRows(rows.map((row, at) => (at === place ? { ...row, ...change } : row)));
  const turn = (model: string) => setLooks(looks.includes(model) ? looks.filter((one) => one !== model) : [...looks, model]);
  const save = async () => {
    const settings: Record<string, unknown> = { unsigned };
    if (looks.length) settings["detection"] = looks.join(",");
    if (tagging) settings["auto_tagging"] = tagging;
    for (const row of rows) if (row.name.trim() && row.value.trim()) settings[row.name.trim()] = row.value.trim();
    await write(preset, name.trim(), settings);
    tell(`Preset ${name.trim()} saved`);
    saved();
  };
  const others = [...new Set([...models.map((model) => model.name), ...looks])];
  return (
    <FormDialog title={preset ? `Preset ${preset.name}` : "New preset"} verb="Save" close={close} run={save} wide>
      {!preset && (
        <label class="field">
          <span>Name</span>
          <input value={name} required autofocus spellcheck={false} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
      )}
      <fieldset class="pick">
        <legend>Look with</legend>
        {others.map((model) => (
          <label key={model} class="toggle">
            <input type="checkbox" checked={looks.includes(model)} onChange={() => turn(model)} />
            <Name>{model}</Name>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>Tag from (0 to 1, or default; empty for no tags)</span>
        <input value={tagging} placeholder="default" onInput={(event) => setTagging(event.currentTarget.value)} />
      </label>
      <fieldset class="parameters">
        <legend>Other parameters</legend>
        {rows.map((row, place) => (
          <div key={place} class="parameter">
            <input aria-label="Parameter" list="parameters" value={row.name} spellcheck={false} onInput={(event) => put(place, { name: event.currentTarget.value })} />
            <input aria-label={`Value of ${row.name}`} value={row.value} spellcheck={false} onInput={(event) => put(place, { value: event.currentTarget.value })} />
            <Button run={() => setRows(rows.filter((_, at) => at !== place))} kind="quiet" icon="close" label={`Leave out ${row.name}`} />
            {known.value?.[row.name] && <small>{known.value[row.name]}</small>}
          </div>
        ))}
        <Button run={() => setRows([...rows, { name: "", value: "" }])} kind="quiet" icon="plus">
          Parameter
        </Button>
        <datalist id="parameters">{Object.keys(known.value ?? {}).map((one) => <option key={one} value={one} />)}</datalist>
      </fieldset>
      <label class="check">
        <input type="checkbox" checked={unsigned} onChange={(event) => setUnsigned(event.currentTarget.checked)} /> Browsers may use it without a signature
      </label>
    </FormDialog>
  );
}

/** Changed settings are written over the old ones. A parameter is left out by making the preset anew: the call for changes only adds. */
async function write(preset: Preset | null, name: string, settings: Record<string, unknown>): Promise<void> {
  await savePreset(name, !preset, settings);
  if (!preset || Object.keys(preset.settings).every((one) => one in settings)) return;
  await removePreset(name);
  try {
    await savePreset(name, true, settings);
  } catch (error) {
    await savePreset(name, true, { ...preset.settings, unsigned: preset.unsigned });
    throw error;
  }
}

/** The names that a preset may hold, each with its sentence, as the API documentation tells them. */
async function parameters(): Promise<Record<string, string>> {
  const said = await call<{ paths: Record<string, any> }>("GET", "/openapi.json");
  const schema = said.paths["/v1_1/{cloud}/{resource_type}/upload"]?.post?.requestBody?.content?.["multipart/form-data"]?.schema;
  const rows = Object.entries<{ preset?: boolean; description?: string }>(schema?.properties ?? {});
  return Object.fromEntries(rows.filter(([name, one]) => one.preset && !OWN.includes(name)).map(([name, one]) => [name, one.description ?? ""]));
}
