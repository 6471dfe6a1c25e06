// One asset: looked at, and what else is known of it, a tab each.
import { useEffect, useRef } from "preact/hooks";
import { bringBack, details, remove } from "../api/assets";
import { consoleOf, Failure, sentence } from "../api/client";
import { hear } from "../api/events";
import type { Asset } from "../api/types";
import { forget } from "../library/source";
import { go, place, ROOT } from "../router";
import { useStore } from "../store";
import { useAsked } from "../ui/asked";
import { Icon } from "../ui/icons";
import { Broken, Button, Empty, Loading, Name } from "../ui/parts";
import { original, Picture } from "../ui/picture";
import { tell } from "../ui/toasts";
import { size } from "../ui/words";
import { Facts } from "./facts";
import { History } from "./history";
import { Derived, Versions } from "./kept";
import { Look } from "./look";

type Tab = { title: string; show: (props: { asset: Asset; changed: (asset: Asset) => void }) => preact.JSX.Element };
const TABS: Record<string, Tab> = {
  look: { title: "Look", show: ({ asset, changed }) => (asset.resource_type === "image" ? <Look asset={asset} changed={changed} /> : <NoLook asset={asset} />) },
  facts: { title: "Metadata", show: Facts },
  derived: { title: "Derived", show: Derived },
  versions: { title: "Versions", show: Versions },
  history: { title: "History", show: History },
};

export function AssetPage({ part }: { part: string }) {
  const { query } = useStore(place);
  const { value: asset, error, again, put } = useAsked(() => details(part, { versions: true, max_results: 100 }), [part]);
  const tab = query.get("tab") ?? "look";
  const tabs = useRef<HTMLDivElement>(null);
  useEffect(() => tabs.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest", inline: "center" }), [tab, !asset]);
  useEffect(() => hear((event) => void (event.asset_id === part && event.what !== "deleted" && again())), [part]);
  if (error instanceof Failure && error.status === 404)
    return (
      <div class="page">
        <Empty icon="search" title="There is no such asset">
          <a href={`${ROOT}/library`}>Go to the library</a>
        </Empty>
      </div>
    );
  if (!asset) return <div class="page">{error ? <Broken error={error} again={again} /> : <Loading lines={6} />}</div>;
  const changed = (next: Asset) => put({ ...asset, ...next, tags: next.tags ?? [], versions: asset.versions ?? [] });
  const Shown = (TABS[tab] ?? TABS["look"]!).show;
  return (
    <div class="page asset">
      <header class="heading">
        <div class="named">
          <a class="button quiet only" href={`${ROOT}/library`} aria-label="Back to the library">
            <Icon name="back" />
          </a>
          <div>
            <h1>
              <Name>{asset.display_name || asset.public_id}</Name>
            </h1>
            <p class="facts">
              {asset.width && asset.height ? <span>{`${asset.width} × ${asset.height}`}</span> : null}
              <span>{size(asset.bytes)}</span>
              {asset.format && <span>{asset.format}</span>}
              {asset.asset_folder && (
                <span>
                  <Icon name="folder" size={15} /> <Name>{asset.asset_folder}</Name>
                </span>
              )}
            </p>
          </div>
        </div>
        <div class="does">
          <a class="button" href={asset.type === "upload" ? original(asset) : consoleOf("picture", asset.asset_id)} target="_blank" rel="noopener">
            Original
          </a>
          <Button run={() => leave(asset)} kind="danger" icon="trash">
            Delete
          </Button>
        </div>
      </header>
      <div ref={tabs} class="segments" role="tablist" aria-label="About this asset">
        {Object.entries(TABS).map(([name, { title }]) => (
          <button key={name} type="button" role="tab" aria-selected={name === tab} onClick={() => go(`${ROOT}/asset/${part}${name === "look" ? "" : `?tab=${name}`}`, true)}>
            {title}
          </button>
        ))}
      </div>
      <Shown asset={asset} changed={changed} />
    </div>
  );
}

function NoLook({ asset }: { asset: Asset }) {
  return (
    <div class="nolook">
      <Picture asset={asset} side={480} alt="" />
      <p class="says">Detectors look at pictures only; this is kept as {asset.resource_type === "video" ? "a video" : "a file"}.</p>
    </div>
  );
}

async function leave(asset: Asset): Promise<void> {
  await remove([asset.asset_id]);
  forget();
  go(`${ROOT}/library`);
  const back = async () => {
    await bringBack([asset.asset_id]);
    forget();
    go(`${ROOT}/asset/${asset.asset_id}`);
  };
  tell(`${asset.display_name} is deleted`, { seconds: 10, undo: () => void back().catch((error) => tell(sentence(error), { bad: true })) });
}
