// The library: search, filters, the grid of what was found, and what is done with the chosen.
import { useEffect, useMemo, useState } from "preact/hooks";
import { hear } from "../api/events";
import { go, place, ROOT } from "../router";
import { session } from "../session/session";
import { useStore } from "../store";
import { Dialog } from "../ui/dialog";
import { Broken, Button, Empty } from "../ui/parts";
import { count, plural } from "../ui/words";
import { drop as dropThem } from "./acting";
import { Bar } from "./bar";
import { column, EMPTY, expression, read, SORTS, used, write, type Filters } from "./expression";
import { FilterPanel } from "./filters";
import { Grid } from "./grid";
import { SearchBox } from "./search-box";
import { Selection } from "./selection";
import { forget, sourceOf } from "./source";

export function Library() {
  const { query } = useStore(place);
  const { cloud } = useStore(session);
  const filters = useMemo(() => read(query), [query]);
  const { text, before } = expression(filters);
  const [round, setRound] = useState(0);
  const source = useMemo(() => sourceOf(cloud ?? "", text, filters.sort), [cloud, text, filters.sort, round]);
  const selection = useMemo(() => new Selection(), [source]);
  const results = useStore(source.results);
  const [panel, setPanel] = useState(false);
  const [fresh, setFresh] = useState(0);
  const put = (change: Partial<Filters>) => go(`${ROOT}/library${write({ ...filters, ...change })}`, true);
  const reload = () => {
    forget();
    setFresh(0);
    setRound(round + 1);
  };
  useEffect(() => {
    setFresh(0);
    if (source.scrolled) requestAnimationFrame(() => scrollTo(0, source.scrolled));
    return hear((event) => {
      if (event.what === "created") setFresh((now) => now + 1);
      else if (event.what === "deleted") source.without(new Set([event.asset_id]));
    });
  }, [source]);
  const wrong = /^Invalid expression/.test(results.error) ? results.error : "";
  const drop = () => {
    const chosen = selection.ids.get();
    void dropThem(source, results.items.filter((item) => chosen.has(item.asset_id)));
    selection.clear();
  };
  return (
    <div class="page library">
      <h1 class="unseen">Library</h1>
      <div class="finder">
        <SearchBox value={filters.q} set={(q) => put({ q })} error={wrong} column={wrong ? column(wrong, before, filters.q) : null} />
        <select aria-label="Order" value={filters.sort} onChange={(event) => put({ sort: event.currentTarget.value })}>
          {Object.entries(SORTS).map(([sort, title]) => (
            <option key={sort} value={sort}>
              {title}
            </option>
          ))}
        </select>
        <Button run={() => setPanel(true)} icon="filter">
          {used(filters) ? `Filters (${used(filters)})` : "Filters"}
        </Button>
      </div>
      <div class="found" role="status">
        <span>
          {wrong
            ? ""
            : results.loading && !results.items.length
              ? "Searching…"
              : `${plural(results.total, "asset")}${results.loading ? ` · ${count(results.items.length)} loaded` : ""}`}
        </span>
        {fresh > 0 && (
          <button type="button" class="chip" onClick={reload}>
            {`${count(fresh)} new: show`}
          </button>
        )}
      </div>
      <aside class="panel" aria-label="Filters">
        <FilterPanel filters={filters} put={put} />
      </aside>
      <section class="results" aria-label="Results">
        {results.error && !wrong && <Broken error={new Error(results.error)} again={() => source.retry()} />}
        {wrong ? (
          <Empty icon="search" title="The search is not understood">
            A mark under it shows the place.
          </Empty>
        ) : !results.error && !results.loading && !results.total ? (
          <Nothing filters={filters} put={put} />
        ) : (
          <Grid key={text + filters.sort + round} source={source} selection={selection} drop={drop} />
        )}
      </section>
      <Bar source={source} selection={selection} drop={drop} />
      {panel && (
        <Dialog title="Filters" close={() => setPanel(false)}>
          <FilterPanel filters={filters} put={put} />
          <Button run={() => setPanel(false)} kind="main">{`Show ${plural(results.total, "asset")}`}</Button>
        </Dialog>
      )}
    </div>
  );
}

function Nothing({ filters, put }: { filters: Filters; put: (change: Partial<Filters>) => void }) {
  if (!filters.q && !used(filters))
    return (
      <Empty icon="library" title="Nothing here yet">
        <p>Drop a few photos, and find them again here by what is in them.</p>
        <p>
          <a class="button main" href={ROOT}>
            Drop photos
          </a>
        </p>
      </Empty>
    );
  return (
    <Empty icon="search" title="Nothing is like that">
      <p>Another word, or fewer filters.</p>
      <Button run={() => put(EMPTY)}>Show everything</Button>
    </Empty>
  );
}
