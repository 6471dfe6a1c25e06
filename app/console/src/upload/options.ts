// How dropped files are uploaded: which detectors look at them, when tags stick, where they are filed.
import { Kept } from "../store";

export interface Options {
  models: string[];
  /** off, default, or a confidence. */
  tagging: string;
  folder: string;
  preset: string;
}

export const options = new Kept<Options>("tagsight.upload", { models: ["lvis"], tagging: "off", folder: "", preset: "" });

/** The parameters of an upload. */
export function wanted(said: Options, folder: string): Record<string, string> {
  const filed = [said.folder.trim().replace(/^\/+|\/+$/g, ""), folder].filter(Boolean).join("/");
  return {
    ...(said.models.length ? { detection: said.models.join(",") } : {}),
    ...(said.models.length && said.tagging !== "off" ? { auto_tagging: said.tagging } : {}),
    ...(filed ? { asset_folder: filed } : {}),
    ...(said.preset ? { upload_preset: said.preset } : {}),
  };
}
