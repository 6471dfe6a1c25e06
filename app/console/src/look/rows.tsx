// The list of findings: each row points at its box, kept above the threshold and dropped below it.
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../ui/icons";
import { Name } from "../ui/parts";
import { percent } from "../ui/words";
import { colour, type Painted } from "./paint";

interface Props {
  boxes: Painted[];
  pointed: string | null;
  reveal: string | null;
  point: (id: string | null) => void;
  tags: Set<string>;
}

export function Rows({ boxes, pointed, reveal, point, tags }: Props) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (reveal) list.current?.querySelector(`[data-id="${CSS.escape(reveal)}"]`)?.scrollIntoView({ block: "nearest" });
  }, [reveal]);
  const kept = boxes.filter((box) => box.kept);
  const dropped = boxes.filter((box) => !box.kept);
  return (
    <div class="rows" ref={list}>
      <Part title={`Kept`} boxes={kept} {...{ pointed, point, tags }} />
      {dropped.length > 0 && <Part title={`Dropped`} boxes={dropped} {...{ pointed, point, tags }} />}
    </div>
  );
}

function Part({ title, boxes, pointed, point, tags }: Omit<Props, "reveal"> & { title: string }) {
  return (
    <section aria-label={title}>
      <h3>
        {title} <span>{boxes.length}</span>
      </h3>
      {boxes.length === 0 && <p class="says">Nothing is sure enough. Move the threshold to the left.</p>}
      <ul>
        {boxes.map(({ finding, kept }) => (
          <li key={finding.id} data-id={finding.id}>
            <button
              type="button"
              class={`row${kept ? "" : " dropped"}${pointed === finding.id ? " pointed" : ""}`}
              onMouseEnter={() => point(finding.id)}
              onMouseLeave={() => point(null)}
              onFocus={() => point(finding.id)}
              onBlur={() => point(null)}
              onClick={() => point(finding.id)}
              aria-pressed={pointed === finding.id}
            >
              <i style={{ background: colour(finding.label) }} />
              <span class="what">
                <Name>{finding.label}</Name>
                <small>
                  {finding.model}
                  {finding.categories.length > 0 && ` · ${finding.categories.join(", ")}`}
                </small>
              </span>
              {tags.has(finding.label) && (
                <span class="tagged" title="This is a tag of the picture">
                  <Icon name="tag" size={15} />
                </span>
              )}
              <span class="sure">
                <b style={{ width: percent(finding.confidence), background: kept ? colour(finding.label) : undefined }} />
              </span>
              <span class="figure">{percent(finding.confidence)}</span>
            </button>
            {finding.attributes.length > 0 && (
              <p class="chips">
                {finding.attributes.map((attribute) => (
                  <span key={attribute.group + attribute.name} class="chip" title={attribute.group}>
                    <Name>{attribute.name}</Name>
                    <em>{percent(attribute.confidence)}</em>
                  </span>
                ))}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
