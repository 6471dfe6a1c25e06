// One picture of the grid, with its name, and a place to choose it.
import { useRef } from "preact/hooks";
import type { Listed } from "../api/types";
import { ROOT } from "../router";
import { Icon } from "../ui/icons";
import { Name } from "../ui/parts";
import { Picture } from "../ui/picture";
import { memo } from "./memo";

interface Props {
  item: Listed | undefined;
  place: number;
  chosen: boolean;
  current: boolean;
  quick: boolean;
  turn: (range: boolean) => void;
  focused: () => void;
}

export const Cell = memo(
  function Cell({ item, place, chosen, current, quick, turn, focused }: Props) {
    const seen = useRef(""); // a picture that is there stays while the page moves quickly
    if (!quick) seen.current = item?.asset_id ?? "";
    if (!item)
      return (
        <div class="cell" role="gridcell" aria-busy="true">
          <span class="thumb bone" />
        </div>
      );
    return (
      <div
        class={chosen ? "cell chosen" : "cell"}
        role="gridcell"
        data-place={place}
        tabIndex={current ? 0 : -1}
        aria-selected={chosen}
        aria-label={`${item.display_name}${item.tags?.length ? `, tagged ${item.tags.slice(0, 5).join(", ")}` : ""}`}
        onFocus={(event) => event.target === event.currentTarget && !current && focused()}
      >
        <a
          class="thumb"
          href={`${ROOT}/asset/${item.asset_id}`}
          tabIndex={-1}
          onClick={(event) => {
            if (!event.shiftKey && !event.ctrlKey && !event.metaKey) return;
            event.preventDefault();
            turn(event.shiftKey);
          }}
        >
          {seen.current === item.asset_id && <Picture key={item.asset_id + item.version} asset={item} side={320} alt="" />}
        </a>
        <button
          type="button"
          class="choose"
          tabIndex={-1}
          aria-label={`Choose ${item.display_name}`}
          aria-pressed={chosen}
          onClick={(event) => turn(event.shiftKey)}
        >
          <Icon name="check" size={16} />
        </button>
        <span class="caption">
          <Name>{item.display_name}</Name>
        </span>
      </div>
    );
  },
  ["item", "place", "chosen", "current", "quick"],
);
