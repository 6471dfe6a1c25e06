// Zoom and pan of a picture in its frame: arithmetic alone.
import type { View } from "./paint";

export interface Size {
  width: number;
  height: number;
}

const CLOSEST = 12; // screen points a pixel

/** The whole picture, in the middle. Small ones are enlarged up to three times. */
export function fitted(picture: Size, frame: Size): View {
  const scale = Math.min(frame.width / picture.width, frame.height / picture.height, 3);
  return { scale, x: (frame.width - picture.width * scale) / 2, y: (frame.height - picture.height * scale) / 2 };
}

/** Closer by a factor, the point at x, y staying where it is. */
export function zoomed(view: View, factor: number, x: number, y: number, picture: Size, frame: Size): View {
  const least = fitted(picture, frame).scale;
  const scale = Math.min(Math.max(CLOSEST, least), Math.max(least, view.scale * factor));
  const real = scale / view.scale;
  return held({ scale, x: x - (x - view.x) * real, y: y - (y - view.y) * real }, picture, frame);
}

export function moved(view: View, byX: number, byY: number, picture: Size, frame: Size): View {
  return held({ ...view, x: view.x + byX, y: view.y + byY }, picture, frame);
}

/** A picture smaller than the frame stays in the middle, a larger one covers it. */
function held(view: View, picture: Size, frame: Size): View {
  const along = (at: number, length: number, room: number) =>
    length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, at));
  return {
    scale: view.scale,
    x: along(view.x, picture.width * view.scale, frame.width),
    y: along(view.y, picture.height * view.scale, frame.height),
  };
}
