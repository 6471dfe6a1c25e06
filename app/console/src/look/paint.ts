// Boxes on a canvas: where they lie on the picture as it is shown, the pointed-out one on top.
import { hue, type Finding } from "./findings";

// The same eight colours on dark and light, each with a dark edge so that it is seen on any picture.
export const COLOURS = ["#ff6b81", "#ffb02e", "#38d9a9", "#4cc2ff", "#c49bff", "#ff8f4c", "#a3e635", "#f783d8"];
const EDGE = "rgba(8, 12, 16, 0.75)";

/** A picture of `width` × `height` pixels, its corner at x, y, each pixel `scale` wide. */
export interface View {
  x: number;
  y: number;
  scale: number;
}

export interface Painted {
  finding: Finding;
  kept: boolean;
}

export function colour(label: string): string {
  return COLOURS[hue(label)] ?? "#4cc2ff";
}

/** Fit the canvas to its place in device pixels and clear it. */
export function prepare(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  pen?.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen?.clearRect(0, 0, width, height);
  return pen;
}

export function paint(canvas: HTMLCanvasElement, boxes: Painted[], view: View, pointed: string | null, named = true): void {
  const pen = prepare(canvas);
  if (!pen) return;
  const order = [...boxes].sort((a, b) => rank(a, pointed) - rank(b, pointed));
  if (pointed && boxes.some(({ finding }) => finding.id === pointed)) {
    const { finding } = boxes.find((one) => one.finding.id === pointed)!;
    const [x, y, width, height] = placed(finding, view);
    pen.fillStyle = "rgba(8, 12, 16, 0.45)";
    pen.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    pen.clearRect(x, y, width, height);
  }
  for (const { finding, kept } of order) box(pen, finding, kept, view, finding.id === pointed);
  if (named) for (const { finding, kept } of order) if (kept || finding.id === pointed) name(pen, finding, view, canvas.clientWidth);
}

function rank({ finding, kept }: Painted, pointed: string | null): number {
  return (finding.id === pointed ? 2 : 0) + (kept ? 1 : 0);
}

export function placed(finding: Finding, view: View): [number, number, number, number] {
  const [x, y, width, height] = finding.box;
  return [view.x + x * view.scale, view.y + y * view.scale, width * view.scale, height * view.scale];
}

function box(pen: CanvasRenderingContext2D, finding: Finding, kept: boolean, view: View, pointed: boolean): void {
  const [x, y, width, height] = placed(finding, view);
  pen.globalAlpha = kept || pointed ? 1 : 0.7;
  pen.setLineDash(kept ? [] : [5, 5]);
  pen.lineJoin = "round";
  for (const [thickness, style] of [
    [pointed ? 6 : kept ? 4.5 : 3, EDGE],
    [pointed ? 3.5 : kept ? 2.5 : 1.5, kept || pointed ? colour(finding.label) : "#e8eaed"],
  ] as const) {
    pen.lineWidth = thickness;
    pen.strokeStyle = style;
    pen.strokeRect(x, y, Math.max(1, width), Math.max(1, height));
  }
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}

function name(pen: CanvasRenderingContext2D, finding: Finding, view: View, most: number): void {
  const [x, y] = placed(finding, view);
  const text = `${short(finding.label)} ${Math.round(finding.confidence * 100)}%`;
  pen.font = "600 12px system-ui, sans-serif";
  const width = pen.measureText(text).width + 12;
  const left = Math.max(0, Math.min(x - 1, most - width));
  const top = y >= 22 ? y - 21 : Math.max(0, y + 1);
  pen.fillStyle = colour(finding.label);
  pen.beginPath();
  pen.roundRect(left, top, width, 20, 4);
  pen.fill();
  pen.fillStyle = "#0b1014";
  pen.textBaseline = "middle";
  pen.fillText(text, left + 6, top + 10.5);
}

function short(label: string): string {
  const signs = [...label];
  return signs.length > 28 ? `${signs.slice(0, 27).join("")}…` : label;
}

/** The smallest box under a point. */
export function under(boxes: Painted[], view: View, x: number, y: number): Finding | null {
  const hit = boxes.filter(({ finding }) => {
    const [left, top, width, height] = placed(finding, view);
    return x >= left - 3 && x <= left + width + 3 && y >= top - 3 && y <= top + height + 3;
  });
  hit.sort((a, b) => Number(b.kept) - Number(a.kept) || a.finding.box[2] * a.finding.box[3] - b.finding.box[2] * b.finding.box[3]);
  return hit[0]?.finding ?? null;
}
