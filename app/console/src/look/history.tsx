// What happened to an asset, newest first, as far as the server remembers.
import { history, type Past } from "../api/console";
import type { Asset } from "../api/types";
import { useAsked } from "../ui/asked";
import { Broken, Loading, Name, State } from "../ui/parts";
import { ago, moment, size } from "../ui/words";

interface Happened {
  time: string;
  what: string;
  says: string;
  state?: { word: string; tone: "good" | "bad" | "busy" | "calm" };
}

const TONES: Record<string, "good" | "bad" | "busy"> = { complete: "good", delivered: "good", failed: "bad", pending: "busy", waiting: "busy" };

export function History({ asset }: { asset: Asset }) {
  const asked = useAsked(() => history(asset.asset_id), [asset.asset_id, asset.version, asset.tags?.length]);
  if (asked.error) return <Broken error={asked.error} again={asked.again} />;
  if (!asked.value) return <Loading />;
  return (
    <ol class="timeline">
      {told(asked.value).map((one) => (
        <li key={one.time + one.what + one.says}>
          <time title={moment(one.time)} dateTime={one.time}>
            {ago(one.time)}
          </time>
          <span class="what">
            <span>{one.what}</span>
            <small>
              <Name>{one.says}</Name>
            </small>
          </span>
          {one.state && <State {...one.state} />}
        </li>
      ))}
    </ol>
  );
}

function told(past: Past): Happened[] {
  const state = (word: string) => ({ word, tone: TONES[word] ?? ("calm" as const) });
  const all: Happened[] = [
    { time: past.created_at, what: "First upload", says: past.uploaded_by ? `by the key ${past.uploaded_by}` : "without a key" },
    ...(past.updated_at !== past.created_at ? [{ time: past.updated_at, what: "Last change", says: "tags, names, metadata or a new look" }] : []),
    ...past.analyses.map((one) => ({ time: one.time, what: "Looked at", says: `${one.model}, version ${one.version}`, state: state(one.status) })),
    ...past.versions.map((one) => ({ time: one.time, what: "A version was kept", says: `${one.format}, ${size(one.size)}` })),
    ...past.notices.map((one) => ({ time: one.created, what: `Notice: ${one.type}`, says: one.url, state: state(one.status) })),
  ];
  return all.sort((a, b) => b.time.localeCompare(a.time));
}
