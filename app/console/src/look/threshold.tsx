// The threshold: a slider over all confidences, each finding a tick, each model's default marked.
import type { Model } from "../api/types";
import { ownThreshold, type Finding, type Threshold } from "./findings";
import { colour } from "./paint";

interface Props {
  value: Threshold;
  set: (value: Threshold) => void;
  found: Finding[];
  chosen: { name: string; version: number | string }[];
  models: Model[];
}

export function ThresholdSlider({ value, set, found, chosen, models }: Props) {
  const defaults = chosen.map((one) => ({ name: one.name, at: ownThreshold(one.name, one.version, models) }));
  const shown = value === "default" ? (defaults[0]?.at ?? 0.4) : value;
  const all = defaults.map((one) => `${one.name} ${Math.round(one.at * 100)}%`).join(", ");
  return (
    <section class="threshold" aria-label="Threshold">
      <div class="row">
        <label for="threshold">Tags stick from</label>
        <output for="threshold">{value === "default" ? "default" : `${Math.round(value * 100)}%`}</output>
        <button type="button" class="chip" aria-pressed={value === "default"} onClick={() => set("default")} title={`The models' own: ${all}`}>
          Default
        </button>
      </div>
      <div class="track">
        <div class="ticks" aria-hidden="true">
          {found.map((finding) => (
            <i key={finding.id} style={{ left: `${finding.confidence * 100}%`, background: colour(finding.label) }} />
          ))}
        </div>
        <input
          id="threshold"
          type="range"
          min={0}
          max={100}
          step={1}
          value={Math.round(shown * 100)}
          aria-valuetext={value === "default" ? `default: ${all}` : `${Math.round(shown * 100)} percent`}
          onInput={(event) => set(Number(event.currentTarget.value) / 100)}
        />
        <div class="marks" aria-hidden="true">
          {[...new Map(defaults.map((one) => [one.at, one])).values()].map((one) => (
            <span key={one.name} style={{ left: `${one.at * 100}%` }}>
              {defaults.length > 1 ? one.name : "default"}
            </span>
          ))}
        </div>
      </div>
    </section>
  );
}
