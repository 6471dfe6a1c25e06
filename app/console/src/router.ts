// Where the page is: the path and query of the address, changed without loading anew.
import { Store } from "./store";

export const ROOT = "/console";

export interface Place {
  path: string;
  query: URLSearchParams;
}

function here(): Place {
  const path = location.pathname.replace(/\/+$/, "") || ROOT;
  return { path, query: new URLSearchParams(location.search) };
}

export const place = new Store<Place>(here());

addEventListener("popstate", () => place.set(here()));

/** Go to a path, with its query; `replace` leaves no step to go back to. */
export function go(to: string, replace = false): void {
  if (to === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  const moved = here().path !== place.get().path;
  place.set(here());
  if (moved) {
    scrollTo(0, 0);
    document.getElementById("content")?.focus({ preventScroll: true });
  }
}

/** Links of our own are followed here; those with a modifier, another target or another place are the browser's. */
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname !== ROOT && !link.pathname.startsWith(`${ROOT}/`)) return;
  event.preventDefault();
  go(link.pathname + link.search);
});
