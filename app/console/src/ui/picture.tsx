// A stored picture, small or large: rendered by the server, the original where that is not allowed, a sign where there is none.
import { useEffect, useState } from "preact/hooks";
import { consoleOf } from "../api/client";
import type { Listed } from "../api/types";
import { Icon } from "./icons";

const SHOWN = new Set(["jpg", "jpeg", "png", "webp", "gif", "avif", "svg", "bmp"]);

type Shown = Pick<Listed, "asset_id" | "secure_url" | "resource_type" | "type" | "format">;

/** Its address here, whatever host the server tells to others. */
export function original(asset: Pick<Listed, "secure_url">): string {
  return new URL(asset.secure_url, location.href).pathname;
}

/** The picture no larger than `side`, upright. */
export function reduced(asset: Shown, side: number): string {
  const [, cloud, kind, type, ...rest] = original(asset).split("/");
  const name = rest.join("/").replace(/\.[a-z0-9]+$/i, "");
  return `/${cloud}/${kind}/${type}/c_limit,h_${side},w_${side}/${name}.webp`;
}

/** The same by a signed address, which the server makes for the session: for what is not open to everybody. */
function signed(asset: Shown, side: number): string {
  return `${consoleOf("picture", asset.asset_id)}?transformation=c_limit,h_${side},w_${side}&format=webp`;
}

function sources(asset: Shown, side: number): string[] {
  if (asset.resource_type !== "image") return [];
  const open = [reduced(asset, side), ...(SHOWN.has(asset.format ?? "") ? [original(asset)] : [])];
  return asset.type === "upload" ? [reduced(asset, side), signed(asset, side), ...open.slice(1)] : [signed(asset, side)];
}

interface Props {
  asset: Shown;
  side: number;
  alt: string;
  loaded?: (image: HTMLImageElement) => void;
  lazy?: boolean;
}

export function Picture({ asset, side, alt, loaded, lazy }: Props) {
  const [turn, setTurn] = useState(0);
  useEffect(() => setTurn(0), [asset.secure_url]);
  const source = sources(asset, side)[turn];
  if (!source) {
    return (
      <span class="nopicture" role="img" aria-label={alt}>
        <Icon name="file" size={28} />
        <small>{asset.format ?? asset.resource_type}</small>
      </span>
    );
  }
  return (
    <img
      src={source}
      alt={alt}
      decoding="async"
      draggable={false}
      loading={lazy ? "lazy" : "eager"}
      onLoad={(event) => loaded?.(event.currentTarget)}
      onError={() => setTurn(turn + 1)}
    />
  );
}
