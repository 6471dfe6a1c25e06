// Numbers, sizes and moments as people read them.

const SIZES = ["bytes", "kB", "MB", "GB", "TB"];
const whole = new Intl.NumberFormat("en");
const near = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [30, "day"],
  [12, "month"],
  [Infinity, "year"],
];

export function count(value: number): string {
  return whole.format(value);
}

export function size(bytes: number): string {
  let step = 0;
  for (; bytes >= 1000 && step < SIZES.length - 1; step += 1) bytes /= 1000;
  return `${step && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${SIZES[step]}`;
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** How long ago, or in how long. The server's moments may be text, or seconds since 1970. */
export function ago(moment: string | number | null | undefined): string {
  const date = read(moment);
  if (!date) return "";
  let value = (date.getTime() - Date.now()) / 1000;
  for (const [length, unit] of STEPS) {
    if (Math.abs(value) < length) return near.format(Math.round(value), unit);
    value /= length;
  }
  return "";
}

export function moment(said: string | number | null | undefined): string {
  const date = read(said);
  return date ? date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "";
}

function read(said: string | number | null | undefined): Date | null {
  if (said === null || said === undefined || said === "") return null;
  const date = new Date(typeof said === "number" ? said * (said > 1e14 ? 0.001 : said > 1e11 ? 1 : 1000) : said);
  return Number.isNaN(date.getTime()) ? null : date;
}
