// The picture with its boxes: wheel or pinch to zoom, drag to pan, point to see which row a box is.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Asset } from "../api/types";
import { Button } from "../ui/parts";
import { Picture } from "../ui/picture";
import { paint, under, type Painted, type View } from "./paint";
import { fitted, moved, zoomed, type Size } from "./view";

interface Props {
  asset: Asset;
  boxes: Painted[];
  pointed: string | null;
  point: (id: string | null, chosen?: boolean) => void;
  busy: boolean;
}

const STEP = 60;
const KEYS: Record<string, [zoom: number, x: number, y: number]> = {
  "+": [1.3, 0, 0],
  "=": [1.3, 0, 0],
  "-": [1 / 1.3, 0, 0],
  ArrowLeft: [1, STEP, 0],
  ArrowRight: [1, -STEP, 0],
  ArrowUp: [1, 0, STEP],
  ArrowDown: [1, 0, -STEP],
};

export function Stage({ asset, boxes, pointed, point, busy }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [view, setView] = useState<View | null>(null);
  const picture: Size = { width: asset.width || 1, height: asset.height || 1 };
  const latest = useRef({ view, picture });
  latest.current = { view, picture };
  const room = (): Size => ({ width: frame.current?.clientWidth ?? 1, height: frame.current?.clientHeight ?? 1 });
  const fit = () => setView(fitted(latest.current.picture, room()));
  const zoom = (factor: number, x = room().width / 2, y = room().height / 2) =>
    setView((now) => now && zoomed(now, factor, x, y, latest.current.picture, room()));
  const pan = (x: number, y: number) => setView((now) => now && moved(now, x, y, latest.current.picture, room()));

  useEffect(() => {
    fit();
    const watcher = new ResizeObserver(fit);
    if (frame.current) watcher.observe(frame.current);
    return () => watcher.disconnect();
  }, [asset.asset_id, asset.width, asset.height]);

  useEffect(() => {
    if (canvas.current && view) paint(canvas.current, boxes, view, pointed);
  }, [boxes, view, pointed]);

  useEffect(() => {
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const place = frame.current!.getBoundingClientRect();
      zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), event.clientX - place.left, event.clientY - place.top);
    };
    frame.current?.addEventListener("wheel", wheel, { passive: false });
    return () => frame.current?.removeEventListener("wheel", wheel);
  }, []);

  const fingers = useRef(new Map<number, { x: number; y: number }>());
  const at = (event: PointerEvent) => {
    const place = frame.current!.getBoundingClientRect();
    return { x: event.clientX - place.left, y: event.clientY - place.top };
  };
  const down = (event: PointerEvent) => {
    if ((event.target as Element).closest("button")) return;
    fingers.current.set(event.pointerId, at(event));
    frame.current?.setPointerCapture(event.pointerId);
    if (event.pointerType !== "mouse" && view) point(under(boxes, view, at(event).x, at(event).y)?.id ?? null, true);
  };
  const move = (event: PointerEvent) => {
    const now = at(event);
    const before = fingers.current.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse" && view) point(under(boxes, view, now.x, now.y)?.id ?? null);
      return;
    }
    const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const factor = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      zoom(factor, (now.x + other.x) / 2, (now.y + other.y) / 2);
    } else pan(now.x - before.x, now.y - before.y);
    fingers.current.set(event.pointerId, now);
  };
  const up = (event: PointerEvent) => fingers.current.delete(event.pointerId);
  const key = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "0") return fit();
    const done = KEYS[event.key];
    if (!done) return;
    event.preventDefault();
    const [factor, x, y] = done;
    if (factor !== 1) zoom(factor);
    else pan(x, y);
  };
  const shown = boxes.filter((box) => box.kept).map((box) => box.finding.label);
  return (
    <div
      ref={frame}
      class="stage"
      role="application"
      tabIndex={0}
      aria-label={`The picture with ${boxes.length} boxes${shown.length ? `: ${[...new Set(shown)].join(", ")}` : ""}. Plus and minus zoom, arrows move, 0 shows all.`}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onPointerLeave={(event) => event.pointerType === "mouse" && point(null)}
      onDblClick={fit}
      onKeyDown={key}
    >
      <div
        class="layer"
        style={view ? { width: `${picture.width * view.scale}px`, height: `${picture.height * view.scale}px`, transform: `translate(${view.x}px, ${view.y}px)` } : { visibility: "hidden" }}
      >
        <Picture asset={asset} side={2000} alt={asset.display_name} />
      </div>
      <canvas ref={canvas} data-boxes={boxes.length} data-kept={shown.length} aria-hidden="true" />
      {busy && <span class="sweep" aria-hidden="true" />}
      <div class="zoom" role="group" aria-label="Zoom">
        <Button run={() => zoom(1.4)} icon="plus" label="Closer" />
        <Button run={() => zoom(1 / 1.4)} icon="minus" label="Farther" />
        <Button run={fit} icon="fit" label="Show all of it" />
      </div>
    </div>
  );
}
