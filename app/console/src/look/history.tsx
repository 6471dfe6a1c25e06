// What happened to an asset, as far as the server remembers.
import { history } from "../api/console";
import type { Asset } from "../api/types";
import { useAsked } from "../ui/asked";
import { Broken, Empty, Loading } from "../ui/parts";
import { Table } from "./facts";

export function History({ asset }: { asset: Asset }) {
  const asked = useAsked(() => history(asset.asset_id), [asset.asset_id, asset.version]);
  if (asked.error) return <Broken error={asked.error} again={asked.again} />;
  if (!asked.value) return <Loading />;
  const rows = Object.entries(asked.value);
  if (!rows.length) return <Empty icon="jobs" title="Nothing is remembered" />;
  return <Table title="History" rows={rows} />;
}
