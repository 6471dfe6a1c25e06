// Dark or light: as the system is, unless the person chose.
import { Kept } from "./store";

export type Theme = "auto" | "light" | "dark";

export const theme = new Kept<Theme>("tagsight.theme", "auto");

export function applyTheme(): void {
  const chosen = theme.get();
  if (chosen === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
}

export function turnTheme(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const order: Theme[] = dark ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
  theme.set(order[(order.indexOf(theme.get()) + 1) % 3] ?? "auto");
}

theme.watch(applyTheme);
