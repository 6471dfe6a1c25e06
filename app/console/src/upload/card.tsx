// One upload as a card: its progress, then the picture with its boxes and what was seen.
import { useEffect, useState } from "preact/hooks";
import { installed } from "../api/installed";
import { bound, detection, findings } from "../look/findings";
import { colour } from "../look/paint";
import { Seen } from "../look/seen";
import { ROOT } from "../router";
import { useStore } from "../store";
import { Icon } from "../ui/icons";
import { Button, Name } from "../ui/parts";
import { Picture } from "../ui/picture";
import { percent, size } from "../ui/words";
import { cancel, forget, retry, type Item } from "./queue";

const WORDS = { waiting: "Waiting", sending: "Sending", looking: "Looking…", done: "Ready", failed: "Failed", cancelled: "Cancelled" };

export function Card({ item }: { item: Item }) {
  const moving = item.state === "sending" || item.state === "waiting";
  return (
    <li class={`card ${item.state}`} data-state={item.state}>
      <div class="sight">
        {item.asset && item.state === "done" ? <Result item={item} /> : <Preview item={item} />}
        {item.state === "looking" && <span class="sweep" aria-hidden="true" />}
      </div>
      <div class="about">
        <div class="title">
          <Name>{item.asset?.display_name || item.name}</Name>
          <small>{item.size ? size(item.size) : ""}</small>
        </div>
        {item.state === "done" ? <Labels item={item} /> : <Words item={item} />}
        {item.state === "sending" && <progress max={1} value={item.size ? item.sent / item.size : undefined} aria-label={`Sending ${item.name}`} />}
      </div>
      {item.plainly && (
        <div class="does">
          <Button run={() => retry(item, true)}>Store it anyway</Button>
        </div>
      )}
      <div class="over">
        {moving && <Button run={() => cancel(item)} kind="quiet" icon="close" label={`Cancel ${item.name}`} />}
        {(item.state === "failed" || item.state === "cancelled") && (
          <>
            <Button run={() => retry(item)} kind="quiet" icon="retry" label={`Retry ${item.name}`} />
            <Button run={() => forget(item)} kind="quiet" icon="close" label={`Remove ${item.name} from the list`} />
          </>
        )}
      </div>
    </li>
  );
}

function Words({ item }: { item: Item }) {
  const said = item.plainly ? "This is not a picture that can be looked at." : item.error || item.held;
  return (
    <p class={item.error ? "says bad" : "says"} role={item.error ? "alert" : undefined}>
      {said || (item.state === "sending" && item.size ? `${WORDS.sending} ${percent(item.sent / item.size)}` : WORDS[item.state])}
    </p>
  );
}

function Result({ item }: { item: Item }) {
  const models = useStore(installed);
  const asset = item.asset!;
  return (
    <a href={`${ROOT}/asset/${asset.asset_id}`} aria-label={`Look at ${item.name}`}>
      {asset.resource_type === "image" ? <Seen asset={asset} models={models} alt="" /> : <Picture asset={asset} side={480} alt="" />}
    </a>
  );
}

function Labels({ item }: { item: Item }) {
  const models = useStore(installed);
  const kept = findings(item.asset).filter((finding) => finding.confidence >= bound("default", finding, models));
  const labels = [...new Map(kept.map((finding) => [finding.label, finding])).values()];
  const tags = new Set(item.asset?.tags ?? []);
  if (!detection(item.asset)) return <p class="says">Stored</p>;
  if (!labels.length) return <p class="says">Nothing seen above the default</p>;
  return (
    <p class="chips">
      {labels.slice(0, 5).map((finding) => (
        <span key={finding.id} class="chip">
          <i style={{ background: colour(finding.label) }} />
          <Name>{finding.label}</Name>
          {tags.has(finding.label) && <Icon name="tag" size={13} />}
        </span>
      ))}
      {labels.length > 5 && <span class="chip">+{labels.length - 5}</span>}
    </p>
  );
}

/** The file itself while it is on its way; large ones and odd kinds get a sign. */
function Preview({ item }: { item: Item }) {
  const [source, setSource] = useState("");
  const file = item.found.file;
  useEffect(() => {
    if (!file || !/^image\/(jpeg|png|webp|gif|avif)$/.test(file.type) || file.size > 30e6) return;
    const address = URL.createObjectURL(file);
    setSource(address);
    return () => URL.revokeObjectURL(address);
  }, [file]);
  if (item.asset?.resource_type === "image") return <Picture asset={item.asset} side={480} alt="" />;
  if (source) return <img class="preview" src={source} alt="" onError={() => setSource("")} />;
  return (
    <span class="nopicture">
      <Icon name={item.state === "failed" ? "warn" : item.found.url ? "webhooks" : "file"} size={28} />
    </span>
  );
}
