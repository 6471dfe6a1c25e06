// Upload presets: parameters under a name, so that a whole team uploads alike.
import { useState } from "preact/hooks";
import { presets, removePreset } from "../api/console";
import type { Preset } from "../api/types";
import { useAsked } from "../ui/asked";
import { Broken, Button, Empty, Heading, Loading, Name, State } from "../ui/parts";
import { tell } from "../ui/toasts";
import { EditPreset } from "./edit-preset";

export function Presets() {
  const asked = useAsked(async () => (await presets()).presets);
  const [open, setOpen] = useState<Preset | "new" | null>(null);
  const gone = async (preset: Preset) => {
    await removePreset(preset.name);
    tell(`Preset ${preset.name} is removed`);
    await asked.again();
  };
  return (
    <div class="page">
      <Heading title="Presets" says="Parameters kept under a name: a call names the preset, and all of them apply.">
        <Button run={() => setOpen("new")} kind="main" icon="plus">
          New preset
        </Button>
      </Heading>
      {asked.error ? (
        <Broken error={asked.error} again={asked.again} />
      ) : !asked.value ? (
        <Loading />
      ) : !asked.value.length ? (
        <Empty icon="presets" title="No preset yet">
          Make one here, or save one from what you see on a picture.
        </Empty>
      ) : (
        <ul class="lines" aria-label="Presets">
          {asked.value.map((preset) => (
            <li key={preset.name} class="line">
              <span class="what">
                <Name>{preset.name}</Name>
                <small class="settings">
                  {Object.entries(preset.settings).map(([name, value]) => (
                    <code key={name}>
                      {name}=<Name>{typeof value === "string" ? value : JSON.stringify(value)}</Name>
                    </code>
                  ))}
                </small>
              </span>
              {preset.unsigned && <State word="unsigned" tone="busy" />}
              <Button run={() => setOpen(preset)}>Edit</Button>
              <Button run={() => gone(preset)} kind="quiet" icon="trash" label={`Remove ${preset.name}`} />
            </li>
          ))}
        </ul>
      )}
      {open && (
        <EditPreset
          preset={open === "new" ? null : open}
          close={() => setOpen(null)}
          saved={() => {
            setOpen(null);
            void asked.again();
          }}
        />
      )}
    </div>
  );
}
