// Filters beside the grid: what was seen and how surely, folder, days, format; and the cloud of tags.
import { useState } from "preact/hooks";
import { folders, labels, tags } from "../api/console";
import { quoted } from "../look/tags";
import { useAsked } from "../ui/asked";
import { Button, Name } from "../ui/parts";
import { count, percent } from "../ui/words";
import { EMPTY, used, type Filters } from "./expression";

const FORMATS = ["jpg", "png", "webp", "gif", "avif"];
const LABELS = 24;

interface Props {
  filters: Filters;
  put: (change: Partial<Filters>) => void;
}

export function FilterPanel({ filters, put }: Props) {
  const seen = useAsked(async () => (await labels()).labels);
  const filed = useAsked(async () => (await folders()).folders);
  const formats = filters.format ? filters.format.split(",") : [];
  const turn = (format: string) =>
    put({ format: (formats.includes(format) ? formats.filter((one) => one !== format) : [...formats, format]).join(",") });
  return (
    <div class="filters">
      <TagCloud filters={filters} put={put} />
      <section>
        <h3>Seen in it</h3>
        <input
          aria-label="Detected object"
          list="seen-labels"
          placeholder="any object"
          value={filters.object}
          spellcheck={false}
          onChange={(event) => put({ object: event.currentTarget.value.trim() })}
        />
        <datalist id="seen-labels">
          {[...new Set(seen.value?.map((one) => one.label))].map((label) => (
            <option key={label} value={label} />
          ))}
        </datalist>
        <p class="chips">
          {[...new Map(seen.value?.map((one) => [one.label, one])).values()].slice(0, LABELS / 3).map((one) => (
            <button
              key={one.label}
              type="button"
              class="chip"
              aria-pressed={filters.object === one.label}
              onClick={() => put({ object: filters.object === one.label ? "" : one.label })}
            >
              <Name>{one.label}</Name>
              <em>{count(one.count)}</em>
            </button>
          ))}
        </p>
        <label class="sureness">
          <span>
            At least <b>{filters.sure ? percent(Number(filters.sure)) : "any"}</b> sure
          </span>
          <input
            type="range"
            min={0}
            max={95}
            step={5}
            value={filters.sure ? Number(filters.sure) * 100 : 0}
            aria-valuetext={filters.sure ? percent(Number(filters.sure)) : "any"}
            onChange={(event) => put({ sure: Number(event.currentTarget.value) ? String(Number(event.currentTarget.value) / 100) : "" })}
          />
        </label>
      </section>
      <section>
        <label class="field">
          <h3>Folder</h3>
          <select value={filters.folder} onChange={(event) => put({ folder: event.currentTarget.value })}>
            <option value="">any folder</option>
            {filters.folder && !filed.value?.some((one) => one.path === filters.folder) && <option>{filters.folder}</option>}
            {filed.value?.map((one) => (
              <option key={one.path} value={one.path}>
                {one.path}
              </option>
            ))}
          </select>
        </label>
      </section>
      <section>
        <h3>Uploaded</h3>
        <div class="days">
          <input type="date" aria-label="From" value={filters.from} max={filters.to || undefined} onChange={(event) => put({ from: event.currentTarget.value })} />
          <input type="date" aria-label="To" value={filters.to} min={filters.from || undefined} onChange={(event) => put({ to: event.currentTarget.value })} />
        </div>
      </section>
      <section>
        <h3>Format</h3>
        <p class="chips">
          {FORMATS.map((format) => (
            <button key={format} type="button" class="chip" aria-pressed={formats.includes(format)} onClick={() => turn(format)}>
              {format}
            </button>
          ))}
        </p>
      </section>
      {used(filters) > 0 && (
        <Button run={() => put({ ...EMPTY, q: filters.q, sort: filters.sort })} icon="close">
          Clear the filters
        </Button>
      )}
    </div>
  );
}

/** The more often a tag is used, the larger it is. Pressing one searches for it, pressing it again does not. */
function TagCloud({ filters, put }: Props) {
  const [all, setAll] = useState(false);
  const asked = useAsked(async () => (await tags("", 80)).tags);
  const found = asked.value ?? [];
  if (!found.length) return null;
  const most = Math.log(Math.max(...found.map((one) => one.count)) + 1);
  const shown = all ? found : found.slice(0, LABELS);
  return (
    <section>
      <h3>Tags</h3>
      <p class="cloudy">
        {shown.map(({ tag, count: times }) => {
          const term = `tags=${quoted(tag)}`;
          const on = filters.q.split(/ AND | /).includes(term) || filters.q === term;
          return (
            <button
              key={tag}
              type="button"
              aria-pressed={on}
              style={{ fontSize: `${13 + (5 * Math.log(times + 1)) / most}px` }}
              onClick={() => put({ q: on ? without(filters.q, term) : [filters.q, term].filter(Boolean).join(" AND ") })}
            >
              <Name>{tag}</Name>
              <em>{count(times)}</em>
            </button>
          );
        })}
      </p>
      {found.length > LABELS && (
        <button type="button" class="button quiet" onClick={() => setAll(!all)}>
          {all ? "Fewer" : `All ${found.length}`}
        </button>
      )}
    </section>
  );
}

function without(text: string, term: string): string {
  return text
    .split(" AND ")
    .filter((part) => part !== term)
    .join(" AND ");
}
