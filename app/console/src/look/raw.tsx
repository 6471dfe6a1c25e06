// The raw JSON of what was seen, its instances linked to boxes and rows.
import { useEffect, useRef } from "preact/hooks";
import type { Detection } from "../api/types";

interface Props {
  detection: Detection | undefined;
  chosen: string[];
  pointed: string | null;
  point: (id: string | null) => void;
}

export function Raw({ detection, chosen, pointed, point }: Props) {
  const sheet = useRef<HTMLPreElement>(null);
  const inside = useRef(false);
  useEffect(() => {
    const part = pointed && !inside.current && sheet.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(pointed)}"]`);
    if (part && sheet.current) sheet.current.scrollTop = part.offsetTop - sheet.current.clientHeight / 3;
  }, [pointed]);
  const models = Object.entries(detection?.data ?? {}).filter(([model]) => chosen.includes(model));
  return (
    <pre
      ref={sheet}
      class="raw"
      tabIndex={0}
      aria-label="Raw JSON of the detection"
      onMouseEnter={() => (inside.current = true)}
      onMouseLeave={() => {
        inside.current = false;
        point(null);
      }}
    >
      {"{\n"}
      {models.map(([model, analysis], place) => {
        const { tags, ...rest } = analysis;
        const head = Object.entries(rest).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
        const labels = Object.entries(tags ?? {});
        return (
          <span key={model}>
            {`  ${JSON.stringify(model)}: {\n${head.join("")}    "tags": {\n`}
            {labels.map(([label, instances], turn) => (
              <span key={label}>
                {`      ${JSON.stringify(label)}: [\n`}
                {instances.map((instance, number) => {
                  const id = `${model}\n${label}\n${number}`;
                  return (
                    <span key={id} data-id={id} class={pointed === id ? "pointed" : ""} onMouseEnter={() => point(id)}>
                      {indented(instance)}
                      {number < instances.length - 1 ? ",\n" : "\n"}
                    </span>
                  );
                })}
                {turn < labels.length - 1 ? "      ],\n" : "      ]\n"}
              </span>
            ))}
            {`    }\n  }${place < models.length - 1 ? "," : ""}\n`}
          </span>
        );
      })}
      {"}"}
    </pre>
  );
}

/** An instance, numbers of its box rounded for the eye and lists on one line. */
function indented(value: object): string {
  const lines = Object.entries(value).map(([name, one]) => {
    const near = name === "bounding-box" ? (one as number[]).map((side) => Math.round(side * 100) / 100) : one;
    return `          ${JSON.stringify(name)}: ${JSON.stringify(near).replaceAll(",", ", ")}`;
  });
  return `        {\n${lines.join(",\n")}\n        }`;
}
