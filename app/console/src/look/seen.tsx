// A small picture with its boxes on it, for cards.
import { useEffect, useRef } from "preact/hooks";
import type { Asset, Model } from "../api/types";
import { Picture } from "../ui/picture";
import { bound, findings } from "./findings";
import { paint } from "./paint";

export function Seen({ asset, models, alt }: { asset: Asset; models: Model[]; alt: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const draw = () => {
    const sheet = canvas.current;
    if (!sheet || !asset.width || !asset.height) return;
    const scale = Math.min(sheet.clientWidth / asset.width, sheet.clientHeight / asset.height);
    const view = { x: (sheet.clientWidth - asset.width * scale) / 2, y: (sheet.clientHeight - asset.height * scale) / 2, scale };
    const kept = findings(asset).filter((finding) => finding.confidence >= bound("default", finding, models));
    paint(sheet, kept.map((finding) => ({ finding, kept: true })), view, null, false);
  };
  useEffect(() => {
    draw();
    if (!canvas.current) return;
    const watcher = new ResizeObserver(draw);
    watcher.observe(canvas.current);
    return () => watcher.disconnect();
  }, [asset, models]);
  return (
    <span class="seen">
      <Picture asset={asset} side={480} alt={alt} />
      <canvas ref={canvas} aria-hidden="true" />
    </span>
  );
}
