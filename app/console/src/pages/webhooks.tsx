// The log of notices: what was told to whom, what was answered, and sending it again.
import { useEffect, useState } from "preact/hooks";
import { deliveries, delivery, replay, type Delivery } from "../api/console";
import { useAsked } from "../ui/asked";
import { Dialog } from "../ui/dialog";
import { Choice, More } from "../ui/lists";
import { Broken, Button, Empty, Heading, Loading, Name, State } from "../ui/parts";
import { tell } from "../ui/toasts";
import { ago, moment } from "../ui/words";

const TONES: Record<string, "good" | "bad" | "busy"> = { delivered: "good", failed: "bad", waiting: "busy" };

export function Webhooks() {
  const [status, setStatus] = useState("");
  const [more, setMore] = useState<Delivery[]>([]);
  const [cursor, setCursor] = useState<number | string | null>();
  const [open, setOpen] = useState<Delivery["id"] | null>(null);
  const asked = useAsked(() => deliveries(status), [status]);
  useEffect(() => {
    setMore([]);
    setCursor(undefined);
  }, [asked.value]);
  const next = cursor === undefined ? asked.value?.next_cursor : cursor;
  const load = async () => {
    const page = await deliveries(status, String(next));
    setMore([...more, ...page.deliveries]);
    setCursor(page.next_cursor ?? null);
  };
  const shown = [...(asked.value?.deliveries ?? []), ...more];
  return (
    <div class="page">
      <Heading title="Webhooks" says="Notices to your addresses: signed, tried again for most of a day, and sent again by hand.">
        <Button run={asked.again} icon="retry">
          Refresh
        </Button>
      </Heading>
      <Choice label="Which notices" value={status} set={setStatus} choices={{ "": "All", waiting: "Waiting", delivered: "Delivered", failed: "Failed" }} />
      {asked.error ? (
        <Broken error={asked.error} again={asked.again} />
      ) : !asked.value ? (
        <Loading />
      ) : !shown.length ? (
        <Empty icon="webhooks" title={status ? "None of these" : "Nothing was told yet"}>
          Name a <code>notification_url</code> in a call, or add a trigger, and each notice is listed here.
        </Empty>
      ) : (
        <ul class="lines" aria-label="Notices">
          {shown.map((one) => (
            <li key={one.id} class="line">
              <State word={one.status} tone={TONES[one.status] ?? "busy"} />
              <span class="what">
                <Name>{one.url || "fetched by polling"}</Name>
                <small>
                  {`${one.type} · ${ago(one.created)} · ${one.attempts} ${one.attempts === 1 ? "try" : "tries"}`}
                  {one.last_status ? ` · answered ${one.last_status}` : ""}
                  {one.next_try ? ` · next ${ago(one.next_try)}` : ""}
                </small>
                {one.last_error && one.status !== "delivered" && <bdi class="error">{one.last_error}</bdi>}
              </span>
              <Button run={() => setOpen(one.id)} icon="eye">
                Show
              </Button>
              <Button run={() => again(one, asked.again)} kind="quiet" icon="retry" label={`Send notice ${one.id} again`} />
            </li>
          ))}
        </ul>
      )}
      {next && <More load={load} />}
      {open !== null && <One id={open} close={() => setOpen(null)} refresh={asked.again} />}
    </div>
  );
}

async function again(one: Pick<Delivery, "id">, refresh: () => Promise<void>): Promise<void> {
  await replay(one.id);
  tell("It is sent again");
  await refresh();
}

function One({ id, close, refresh }: { id: Delivery["id"]; close: () => void; refresh: () => Promise<void> }) {
  const asked = useAsked(() => delivery(id), [id]);
  return (
    <Dialog title={`Notice ${id}`} close={close} wide>
      {asked.error ? <Broken error={asked.error} again={asked.again} /> : null}
      {asked.value && (
        <>
          <p class="says">
            <Name full>{asked.value.url || "fetched by polling"}</Name>
            <br />
            {`${asked.value.type} · ${moment(asked.value.created)}`}
            {asked.value.last_status ? ` · answered ${asked.value.last_status}` : ""}
          </p>
          {asked.value.last_error && <p class="wrong">{asked.value.last_error}</p>}
          <pre class="payload" tabIndex={0} aria-label="What was sent">
            {JSON.stringify(asked.value.payload, null, 2)}
          </pre>
          <div class="does">
            <Button run={() => again({ id }, refresh).then(close)} icon="retry" kind="main">
              Send again
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}
