// What is known of an asset besides what was seen: its file, its metadata, what its camera wrote.
import { details } from "../api/assets";
import type { Asset } from "../api/types";
import { useAsked } from "../ui/asked";
import { Button, Name } from "../ui/parts";
import { moment, size } from "../ui/words";
import { copy } from "./code";

type Row = [name: string, value: unknown];

export function Facts({ asset }: { asset: Asset }) {
  const more = useAsked(
    async () => (asset.resource_type === "image" ? details(asset.asset_id, { image_metadata: true, colors: true }) : asset),
    [asset.asset_id, asset.version],
  );
  const file: Row[] = [
    ["Public ID", asset.public_id],
    ["Asset ID", asset.asset_id],
    ["File name", asset.original_filename],
    ["Folder", asset.asset_folder],
    ["Kind", `${asset.resource_type} · ${asset.type}`],
    ["Format", asset.format],
    ["Pixels", asset.width && asset.height ? `${asset.width} × ${asset.height}` : null],
    ["Size", size(asset.bytes)],
    ["Uploaded", moment(asset.version)],
    ["First upload", moment(asset.created_at)],
    ["MD5", asset.etag],
    ["Address", asset.secure_url],
  ];
  const shot = Object.entries(more.value?.image_metadata ?? {});
  return (
    <div class="columns">
      <Table title="File" rows={file} />
      <Table title="Context" rows={Object.entries(asset.context?.custom ?? {})} />
      <Table title="Structured metadata" rows={Object.entries(asset.metadata ?? {})} />
      <Table title="In the file" rows={shot} />
      <Colours colours={more.value?.colors ?? []} />
    </div>
  );
}

export function Table({ title, rows }: { title: string; rows: Row[] }) {
  const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (!shown.length) return null;
  return (
    <section class="sheet">
      <h2>{title}</h2>
      <dl class="facts">
        {shown.map(([name, value]) => (
          <div key={name}>
            <dt>
              <Name>{name}</Name>
            </dt>
            <dd>
              <Name full>{typeof value === "string" ? value : JSON.stringify(value)}</Name>
              {(name === "Public ID" || name === "Address" || name === "Asset ID") && (
                <Button run={() => copy(String(value), name)} kind="quiet" icon="copy" label={`Copy ${name}`} />
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Colours({ colours }: { colours: [string, number][] }) {
  if (!colours.length) return null;
  return (
    <section class="sheet">
      <h2>Colours</h2>
      <p class="swatches">
        {colours.slice(0, 12).map(([value, share]) => (
          <span key={value} title={`${value} ${share}%`}>
            <i style={{ background: value.slice(0, 7) }} />
            <code>{value}</code>
            <small>{Math.round(share)}%</small>
          </span>
        ))}
      </p>
    </section>
  );
}
