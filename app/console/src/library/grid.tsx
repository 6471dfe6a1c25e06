// The grid of results: only rows near the window exist, however many there are; moved through by keys as well.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Listed } from "../api/types";
import { go, ROOT } from "../router";
import { useStore } from "../store";
import { Cell } from "./cell";
import { measured, rowsIn, type Measure } from "./measure";
import type { Selection } from "./selection";
import type { Source } from "./source";

interface Props {
  source: Source;
  selection: Selection;
  drop: () => void;
}

const IDLE = 120; // milliseconds without a scroll until pictures are asked for again
const QUICK = 1.2; // windows a frame, beyond which nobody sees pictures anyway

export function Grid({ source, selection, drop }: Props) {
  const { items, total } = useStore(source.results);
  const chosen = useStore(selection.ids);
  const sheet = useRef<HTMLDivElement>(null);
  const [measure, setMeasure] = useState<Measure>(() => measured(innerWidth));
  const [rows, setRows] = useState<[first: number, last: number]>([0, 12]);
  const [quick, setQuick] = useState(false);
  const [at, setAt] = useState(0);
  const focusing = useRef(false);
  const count = Math.ceil(total / measure.columns);

  useEffect(() => {
    const resized = () => setMeasure(measured(sheet.current?.clientWidth ?? innerWidth));
    const watcher = new ResizeObserver(resized);
    if (sheet.current) watcher.observe(sheet.current);
    return () => watcher.disconnect();
  }, []);

  useEffect(() => {
    let waiting = 0;
    let idle = 0;
    let before = scrollY;
    const see = () => {
      waiting = 0;
      const top = sheet.current ? sheet.current.getBoundingClientRect().top : 0;
      const seen = rowsIn(-top, innerHeight, measure, count);
      setRows((now) => (now[0] === seen[0] && now[1] === seen[1] ? now : seen));
      source.want(Math.min(total, (seen[1] + 8) * measure.columns));
      source.scrolled = scrollY;
    };
    const scrolled = () => {
      if (!waiting) waiting = requestAnimationFrame(see);
      if (Math.abs(scrollY - before) > innerHeight * QUICK) setQuick(true);
      before = scrollY;
      clearTimeout(idle);
      idle = window.setTimeout(() => setQuick(false), IDLE);
    };
    see();
    addEventListener("scroll", scrolled, { passive: true });
    addEventListener("resize", scrolled);
    return () => {
      removeEventListener("scroll", scrolled);
      removeEventListener("resize", scrolled);
      cancelAnimationFrame(waiting);
      clearTimeout(idle);
    };
  }, [source, measure, count]);

  useEffect(() => {
    if (focusing.current) sheet.current?.querySelector<HTMLElement>(`[data-place="${at}"]`)?.focus({ preventScroll: true });
  }, [at, rows]);

  const move = (to: number, extend: boolean) => {
    const next = Math.max(0, Math.min(items.length - 1, to));
    if (extend) selection.reach(items, at, next);
    const top = (sheet.current?.getBoundingClientRect().top ?? 0) + scrollY + Math.floor(next / measure.columns) * measure.step;
    if (top < scrollY + 140) scrollTo(0, top - 140);
    else if (top + measure.step > scrollY + innerHeight - 80) scrollTo(0, top + measure.step - innerHeight + 80);
    focusing.current = true;
    setAt(next);
  };
  const page = Math.max(1, Math.floor((innerHeight - 200) / measure.step)) * measure.columns;
  const keys: Record<string, number> = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - measure.columns,
    ArrowDown: at + measure.columns,
    PageUp: at - page,
    PageDown: at + page,
    Home: 0,
    End: items.length - 1,
  };
  const key = (event: KeyboardEvent) => {
    const item = items[at];
    if (event.key in keys) move(keys[event.key]!, event.shiftKey);
    else if (event.key === " " && item) selection.turn(items, at, false);
    else if (event.key === "Enter" && item) go(`${ROOT}/asset/${item.asset_id}`);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) selection.all(items);
    else if (event.key === "Escape") selection.clear();
    else if (event.key === "Delete" && chosen.size) drop();
    else return;
    event.preventDefault();
  };

  const [first, last] = rows;
  const pool = last - first + 1;
  const shown = useMemo(() => Array.from({ length: Math.max(0, Math.min(count, last) - first) }, (_, row) => first + row), [first, last, count]);
  return (
    <div
      ref={sheet}
      class={`grid${chosen.size ? " choosing" : ""}`}
      role="grid"
      aria-label="Assets"
      aria-multiselectable="true"
      aria-rowcount={count}
      aria-colcount={measure.columns}
      style={{ height: `${count * measure.step}px` }}
      onKeyDown={key}
      onFocusOut={() => (focusing.current = false)}
    >
      {shown.map((row) => (
        <div
          key={row % pool}
          class="cells"
          role="row"
          aria-rowindex={row + 1}
          style={{ transform: `translateY(${row * measure.step}px)`, gridTemplateColumns: `repeat(${measure.columns}, minmax(0, 1fr))` }}
        >
          {Array.from({ length: Math.min(measure.columns, total - row * measure.columns) }, (_, column) => {
            const place = row * measure.columns + column;
            const item: Listed | undefined = items[place];
            return (
              <Cell
                key={column}
                item={item}
                place={place}
                chosen={!!item && chosen.has(item.asset_id)}
                current={place === at}
                quick={quick}
                turn={(range) => selection.turn(items, place, range)}
                focused={() => {
                  focusing.current = true;
                  setAt(place);
                }}
              />
            );
          })}
        </div>
      ))}
    </div>
  );
}
