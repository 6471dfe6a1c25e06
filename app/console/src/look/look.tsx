// Looking: boxes over the picture, the list beside it, the threshold between them, and ways to keep what is seen.
import { useEffect, useMemo, useState } from "preact/hooks";
import { update } from "../api/assets";
import { installed, newest } from "../api/installed";
import type { Asset } from "../api/types";
import { Kept, useStore } from "../store";
import { Button, Empty, Name } from "../ui/parts";
import { tell } from "../ui/toasts";
import { sentence } from "../api/client";
import { Code } from "./code";
import { bound, detection, findings, sticking, type Threshold } from "./findings";
import type { Painted } from "./paint";
import { Raw } from "./raw";
import { Rows } from "./rows";
import { Save } from "./save";
import { Stage } from "./stage";
import { Tags } from "./tags";
import { ThresholdSlider } from "./threshold";

const lately = new Kept<string[]>("tagsight.look", []); // detectors chosen on the last picture

export function Look({ asset, changed }: { asset: Asset; changed: (asset: Asset) => void }) {
  const models = useStore(installed);
  const seen = detection(asset);
  const there = Object.keys(seen?.data ?? {});
  const [chosen, setChosen] = useState<string[]>(there);
  const [asked, setAsked] = useState<string[]>([]);
  const [threshold, setThreshold] = useState<Threshold>("default");
  const [pointed, setPointed] = useState<string | null>(null);
  const [reveal, setReveal] = useState<string | null>(null);
  const [below, setBelow] = useState<"code" | "json">("code");
  useEffect(() => setChosen((now) => [...new Set([...now, ...there])]), [there.join()]);

  const all = useMemo(() => findings(asset), [asset]);
  const shown = useMemo(() => all.filter((finding) => chosen.includes(finding.model)), [all, chosen.join()]);
  const boxes = useMemo<Painted[]>(
    () => shown.map((finding) => ({ finding, kept: finding.confidence >= bound(threshold, finding, models) })),
    [shown, threshold, models],
  );
  const stick = useMemo(() => sticking(shown, threshold, models), [shown, threshold, models]);
  const point = (id: string | null, choose = false) => {
    setPointed(id);
    if (choose || id) setReveal(id);
  };

  const turn = async (name: string) => {
    if (chosen.includes(name)) return setChosen(chosen.filter((one) => one !== name));
    setChosen([...chosen, name]);
    lately.set([...chosen, name]);
    if (!there.includes(name)) await analyse([name]);
  };
  const analyse = async (names: string[]) => {
    setAsked((now) => [...now, ...names]);
    try {
      changed(await update(asset.asset_id, { detection: names.join(",") }));
    } catch (error) {
      tell(sentence(error), { bad: true });
      setChosen((now) => now.filter((one) => !names.includes(one) || there.includes(one)));
    } finally {
      setAsked((now) => now.filter((one) => !names.includes(one)));
    }
  };
  const pickable = [...new Set([...newest(models).map((model) => model.name), ...there])];
  const used = chosen.map((name) => ({ name, version: seen?.data?.[name]?.model_version ?? "" }));
  const busy = asked.length > 0 || seen?.status === "pending";

  return (
    <div class="look">
      <Stage asset={asset} boxes={boxes} pointed={pointed} point={point} busy={busy} />
      <div class="beside">
        <fieldset class="pick">
          <legend>Look with</legend>
          {pickable.map((name) => (
            <label key={name} class="toggle" aria-busy={asked.includes(name)}>
              <input type="checkbox" checked={chosen.includes(name)} disabled={asked.includes(name)} onChange={() => void turn(name)} />
              <Name>{name}</Name>
            </label>
          ))}
        </fieldset>
        {chosen.length > 0 && <ThresholdSlider value={threshold} set={setThreshold} found={shown} chosen={used} models={models} />}
        <Save asset={asset} chosen={chosen} threshold={threshold} sticking={stick} changed={changed} />
        <Tags asset={asset} changed={changed} />
        <div class="list">
          {seen?.status === "pending" && <p class="says" role="status">Being looked at…</p>}
          {seen?.status === "failed" && <p class="wrong" role="alert">The detectors failed on this picture.</p>}
          {shown.length > 0 ? (
            <Rows boxes={boxes} pointed={pointed} reveal={reveal} point={setPointed} tags={new Set(asset.tags ?? [])} />
          ) : (
            !busy && (
              <Empty icon="eye" title={chosen.length ? "Nothing was seen" : "Not looked at yet"}>
                {chosen.length ? (
                  "Another detector may know what is in it."
                ) : (
                  <Button run={() => analyseFirst(pickable, turn)} kind="main">
                    Look now
                  </Button>
                )}
              </Empty>
            )
          )}
        </div>
      </div>
      <section class="below" aria-label="For programs">
        <div class="segments" role="tablist">
          <button type="button" role="tab" aria-selected={below === "code"} onClick={() => setBelow("code")}>
            Code
          </button>
          <button type="button" role="tab" aria-selected={below === "json"} onClick={() => setBelow("json")}>
            Raw JSON
          </button>
        </div>
        {below === "code" ? (
          <Code asset={asset} chosen={chosen} threshold={threshold} />
        ) : (
          <Raw detection={seen} chosen={chosen} pointed={pointed} point={setPointed} />
        )}
      </section>
    </div>
  );
}

/** What was chosen on the last picture, else the first detector there is. */
async function analyseFirst(names: string[], turn: (name: string) => Promise<void>): Promise<void> {
  const before = lately.get().filter((name) => names.includes(name));
  const first = before[0] ?? names[0];
  if (first) await turn(first);
}
