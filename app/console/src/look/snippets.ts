// The same as on the screen, for a program: curl, Python and Node, with the detectors and the threshold that are chosen.
import type { Asset } from "../api/types";
import type { Threshold } from "./findings";

export const LANGUAGES = ["curl", "Python", "Node"] as const;
export type Language = (typeof LANGUAGES)[number];

interface Said {
  asset: Asset;
  cloud: string;
  address: string;
  detection: string[];
  threshold: Threshold;
  /** This picture again, or a new one. */
  subject: "this" | "new";
}

export function snippet(language: Language, said: Said): string {
  return { curl, Python: python, Node: node }[language](said);
}

function options({ detection, threshold }: Said): [detection: string, sure: string] {
  return [detection.join(","), threshold === "default" ? "default" : String(threshold)];
}

function name({ asset }: Said): string {
  return asset.format ? `${asset.original_filename ?? "photo"}.${asset.format}` : "photo.jpg";
}

function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function curl(said: Said): string {
  const [detection, sure] = options(said);
  const who = `curl -u "$API_KEY:$API_SECRET"`;
  if (said.subject === "new") {
    const file = `file=@"${name(said).replace(/[\\"]/g, "\\$&")}"`; // curl's own quotes: commas and semicolons are its signs
    const to = `${said.address}/v1_1/${encodeURIComponent(said.cloud)}/image/upload`;
    return `${who} ${to} \\\n  -F ${shell(file)} \\\n  -F detection=${detection} \\\n  -F auto_tagging=${sure}`;
  }
  const to = `${said.address}/v1_1/${encodeURIComponent(said.cloud)}/resources/${said.asset.asset_id}`;
  return `${who} -X PUT ${to} \\\n  -d detection=${detection} \\\n  -d auto_tagging=${sure}`;
}

function value(sure: string): string {
  return sure === "default" ? `"default"` : sure;
}

function python(said: Said): string {
  const [detection, sure] = options(said);
  const { host, protocol } = new URL(said.address);
  const head = `import cloudinary, cloudinary.api, cloudinary.uploader

# CLOUDINARY_URL=cloudinary://$API_KEY:$API_SECRET@${said.cloud}?upload_prefix=${protocol}//${host}
`;
  const how = `detection=${JSON.stringify(detection)}, auto_tagging=${value(sure)}`;
  if (said.subject === "new") return `${head}result = cloudinary.uploader.upload(${JSON.stringify(name(said))}, ${how})\nprint(result["tags"])`;
  return `${head}result = cloudinary.api.update(
    ${JSON.stringify(said.asset.public_id)}, resource_type=${JSON.stringify(said.asset.resource_type)}, type=${JSON.stringify(said.asset.type)},
    ${how})
print(result["tags"])`;
}

function node(said: Said): string {
  const [detection, sure] = options(said);
  const head = `// CLOUDINARY_URL=cloudinary://$API_KEY:$API_SECRET@${said.cloud}?upload_prefix=${said.address}
const cloudinary = require("cloudinary").v2;
`;
  const how = `detection: ${JSON.stringify(detection)}, auto_tagging: ${value(sure)}`;
  if (said.subject === "new") return `${head}
cloudinary.uploader.upload(${JSON.stringify(name(said))}, { ${how} })
  .then((result) => console.log(result.tags));`;
  return `${head}
cloudinary.api.update(${JSON.stringify(said.asset.public_id)}, {
  resource_type: ${JSON.stringify(said.asset.resource_type)}, type: ${JSON.stringify(said.asset.type)},
  ${how}
}).then((result) => console.log(result.tags));`;
}
