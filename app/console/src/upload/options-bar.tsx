// How the next uploads are treated: detectors, tags, folder, preset.
import { presets } from "../api/console";
import { installed, newest } from "../api/installed";
import { useStore } from "../store";
import { useAsked } from "../ui/asked";
import { Name } from "../ui/parts";
import { options } from "./options";

export function Options() {
  const said = useStore(options);
  const models = newest(useStore(installed));
  const saved = useAsked(async () => (await presets()).presets);
  const put = (change: Partial<typeof said>) => options.set({ ...said, ...change });
  const turn = (name: string) =>
    put({ models: said.models.includes(name) ? said.models.filter((one) => one !== name) : [...said.models, name] });
  return (
    <section class="options" aria-label="For the next uploads">
      <fieldset class="pick">
        <legend>Look with</legend>
        {models.map((model) => (
          <label key={model.name} class="toggle">
            <input type="checkbox" checked={said.models.includes(model.name)} onChange={() => turn(model.name)} />
            <Name>{model.name}</Name>
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>Tags</span>
        <select value={said.tagging} onChange={(event) => put({ tagging: event.currentTarget.value })} disabled={!said.models.length}>
          <option value="off">Look only</option>
          <option value="default">Save at the default</option>
          {["0.3", "0.5", "0.7", "0.9"].map((sure) => (
            <option key={sure} value={sure}>{`Save from ${Number(sure) * 100}%`}</option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>Folder</span>
        <input value={said.folder} placeholder="none" onInput={(event) => put({ folder: event.currentTarget.value })} />
      </label>
      {(saved.value?.length ?? 0) > 0 && (
        <label class="field">
          <span>Preset</span>
          <select value={said.preset} onChange={(event) => put({ preset: event.currentTarget.value })}>
            <option value="">none</option>
            {saved.value?.map((preset) => (
              <option key={preset.name}>{preset.name}</option>
            ))}
          </select>
        </label>
      )}
    </section>
  );
}
