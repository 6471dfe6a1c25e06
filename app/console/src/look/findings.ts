// What detectors said of a picture, as rows: each with its box, its model and what the threshold makes of it.
import type { Asset, Box, Detection, Model } from "../api/types";

export interface Finding {
  id: string;
  model: string;
  version: number;
  label: string;
  box: Box;
  confidence: number;
  categories: string[];
  attributes: { group: string; name: string; confidence: number }[];
}

/** A confidence, or `default` for each model's own. */
export type Threshold = number | "default";

export function detection(asset: Asset | null): Detection | undefined {
  return asset?.info?.detection?.object_detection;
}

/** Surest first. */
export function findings(asset: Asset | null): Finding[] {
  const found: Finding[] = [];
  for (const [model, analysis] of Object.entries(detection(asset)?.data ?? {})) {
    for (const [label, instances] of Object.entries(analysis.tags ?? {})) {
      instances.forEach((one, place) => {
        const groups = Object.entries(one.attributes ?? {});
        found.push({
          id: `${model}\n${label}\n${place}`,
          model,
          version: analysis.model_version,
          label,
          box: one["bounding-box"],
          confidence: one.confidence,
          categories: one.categories ?? [],
          attributes: groups.flatMap(([group, names]) => names.map(([name, confidence]) => ({ group, name, confidence }))),
        });
      });
    }
  }
  return found.sort((a, b) => b.confidence - a.confidence);
}

const HUES = 8;

/** Which of the colours a label has: always the same one. */
export function hue(label: string): number {
  let sum = 7;
  for (const sign of label) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) >>> 0;
  return sum % HUES;
}

export function bound(threshold: Threshold, finding: Finding, models: Model[]): number {
  return threshold === "default" ? ownThreshold(finding.model, finding.version, models) : threshold;
}

/** The model's own threshold. */
export function ownThreshold(name: string, version: number | string, models: Model[]): number {
  const named = models.filter((model) => model.name === name || model.name.replaceAll("_", "-") === name);
  return (named.find((model) => String(model.version) === String(version)) ?? named[0])?.threshold ?? 0.4;
}

/** The tags that would stick: labels that some finding is sure enough of. */
export function sticking(found: Finding[], threshold: Threshold, models: Model[]): string[] {
  const kept = found.filter((finding) => finding.confidence >= bound(threshold, finding, models));
  return [...new Set(kept.map((finding) => finding.label))];
}
