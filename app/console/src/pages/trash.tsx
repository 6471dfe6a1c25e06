// The trash: what was deleted here lately, and how long it can be brought back.
import { bringBack } from "../api/assets";
import { trash, type Gone } from "../api/console";
import { forget } from "../library/source";
import { ROOT } from "../router";
import { useAsked } from "../ui/asked";
import { Broken, Button, Empty, Heading, Loading, Name } from "../ui/parts";
import { tell } from "../ui/toasts";
import { ago, size } from "../ui/words";

export function Trash() {
  const asked = useAsked(async () => (await trash()).trash);
  const back = async (one: Gone) => {
    await bringBack([one.asset_id]);
    forget();
    tell(`${one.display_name} is back`);
    await asked.again();
  };
  return (
    <div class="page">
      <Heading title="Trash" says="What was deleted in the console stays here for an hour. Nobody sees it meanwhile." />
      {asked.error ? (
        <Broken error={asked.error} again={asked.again} />
      ) : !asked.value ? (
        <Loading lines={2} />
      ) : !asked.value.length ? (
        <Empty icon="trash" title="The trash is empty">
          <a href={`${ROOT}/library`}>Go to the library</a>
        </Empty>
      ) : (
        <ul class="lines" aria-label="Deleted assets">
          {asked.value.map((one) => (
            <li key={one.asset_id} class="line">
              <span class="what">
                <Name>{one.display_name || one.public_id}</Name>
                <small>{`${one.format ?? one.resource_type} · ${size(one.bytes)} · deleted ${ago(one.deleted_at)} · gone for good ${ago(one.until)}`}</small>
              </span>
              <Button run={() => back(one)} icon="retry">
                Bring back
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
