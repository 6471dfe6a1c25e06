// What the server keeps beside the original: rendered pictures, and versions of before.
import { call, inCloud } from "../api/client";
import { details } from "../api/assets";
import type { Asset, Derived as Rendered } from "../api/types";
import { useState } from "preact/hooks";
import { Button, Empty, Name } from "../ui/parts";
import { original } from "../ui/picture";
import { tell } from "../ui/toasts";
import { ago, size } from "../ui/words";

interface Props {
  asset: Asset;
  changed: (asset: Asset) => void;
}

export function Derived({ asset }: Props) {
  const [gone, setGone] = useState<string[]>([]);
  const [more, setMore] = useState<Rendered[]>([]);
  const [cursor, setCursor] = useState(asset.derived_next_cursor);
  const shown = [...(asset.derived ?? []), ...more].filter((one) => !gone.includes(one.id));
  const drop = async (id: string) => {
    await call("DELETE", inCloud("derived_resources"), { derived_resource_ids: [id] });
    setGone([...gone, id]);
  };
  const load = async () => {
    const next = await details(asset.asset_id, { derived_next_cursor: cursor, max_results: 100 });
    setMore([...more, ...(next.derived ?? [])]);
    setCursor(next.derived_next_cursor);
  };
  if (!shown.length) return <Empty icon="fit" title="Nothing was rendered yet">Ask for it by URL with a transformation, and it is kept.</Empty>;
  return (
    <>
      <ul class="lines">
        {shown.map((one) => (
          <li key={one.id} class="line">
            <span class="thumb">
              <img src={original(one)} alt="" loading="lazy" />
            </span>
            <span class="what">
              <a href={original(one)} target="_blank" rel="noopener">
                <Name>{one.transformation}</Name>
              </a>
              <small>
                {one.format} · {size(one.bytes)}
              </small>
            </span>
            <Button run={() => drop(one.id)} kind="quiet" icon="trash" label={`Delete ${one.transformation}`} />
          </li>
        ))}
      </ul>
      {cursor && (
        <div class="centre">
          <Button run={load}>More</Button>
        </div>
      )}
    </>
  );
}

export function Versions({ asset, changed }: Props) {
  const kept = asset.versions ?? [];
  const back = async (version: string) => {
    const done = await call<Record<string, Asset & { error?: string }>>("POST", inCloud("resources", "restore"), {
      asset_ids: [asset.asset_id],
      versions: [version],
    });
    const restored = Object.values(done)[0];
    if (restored?.error) return tell(restored.error, { bad: true });
    if (restored) changed(restored);
    tell("Brought back");
  };
  if (!kept.length)
    return (
      <Empty icon="retry" title="No version is kept">
        Upload with <code>backup=true</code>, and each version can be brought back.
      </Empty>
    );
  return (
    <ul class="lines">
      {kept.map((one) => (
        <li key={one.version_id} class="line">
          <span class="what">
            <span>{ago(one.time)}</span>
            <small>
              {one.format} · {size(one.size)} · <code>{one.version_id}</code>
            </small>
          </span>
          <Button run={() => back(one.version_id)} icon="retry">
            Bring back
          </Button>
        </li>
      ))}
    </ul>
  );
}
