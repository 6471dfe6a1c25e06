// Jobs: how many wait, run or were set aside, each with what went wrong, and another try.
import { useEffect, useState } from "preact/hooks";
import { jobsTold } from "../api/events";
import { changeJob, jobs, type Job } from "../api/console";
import { useStore } from "../store";
import { useAsked } from "../ui/asked";
import { Broken, Button, Empty, Heading, Loading, State } from "../ui/parts";
import { Choice, More } from "../ui/lists";
import { ago, count } from "../ui/words";

const STATES: Record<string, { word: string; tone: "good" | "bad" | "busy" | "calm" }> = {
  ready: { word: "waiting", tone: "calm" },
  running: { word: "running", tone: "busy" },
  held: { word: "set aside", tone: "bad" },
};
const KINDS: Record<string, string> = {
  look: "Look at an upload",
  change: "Change an asset",
  render: "Render",
  fetch: "Fetch an address",
  compose: "Compose",
  archive: "Archive",
  embed: "Prepare visual search",
  deliver: "Send a notice",
};

export function Jobs() {
  const [status, setStatus] = useState("");
  const [more, setMore] = useState<Job[]>([]);
  const [cursor, setCursor] = useState<number | string | null>();
  const asked = useAsked(() => jobs(status), [status]);
  const told = useStore(jobsTold);
  useEffect(() => {
    const timer = setTimeout(() => void asked.again(), 400); // many may end at once
    return () => clearTimeout(timer);
  }, [told]);
  useEffect(() => {
    setMore([]);
    setCursor(undefined);
  }, [asked.value]);
  const next = cursor === undefined ? asked.value?.next_cursor : cursor;
  const load = async () => {
    const page = await jobs(status, String(next));
    setMore([...more, ...page.jobs]);
    setCursor(page.next_cursor ?? null);
  };
  const total = (state: string) => (asked.value?.counts ?? []).filter((one) => one.status === state).reduce((sum, one) => sum + one.count, 0);
  const shown = [...(asked.value?.jobs ?? []), ...more];
  const held = shown.filter((job) => job.status === "held");
  const replayAll = async () => {
    for (const job of held) await changeJob(job.id, "replay");
    await asked.again();
  };
  return (
    <div class="page">
      <Heading title="Jobs" says="Work that was promised: it survives a stop of the server, and is tried again.">
        {held.length > 1 && (
          <Button run={replayAll} icon="retry">
            {`Run ${held.length} again`}
          </Button>
        )}
      </Heading>
      <dl class="figures">
        {Object.entries(STATES).map(([state, { word }]) => (
          <div key={state} class={state === "held" && total(state) ? "bad" : ""}>
            <dt>{word}</dt>
            <dd>{count(total(state))}</dd>
          </div>
        ))}
      </dl>
      <Choice label="Which jobs" value={status} set={setStatus} choices={{ "": "All", ready: "Waiting", running: "Running", held: "Set aside" }} />
      {asked.error ? (
        <Broken error={asked.error} again={asked.again} />
      ) : !asked.value ? (
        <Loading />
      ) : !shown.length ? (
        <Empty icon="check" title={status ? "None of these" : "All done"}>
          Jobs that are done leave the list.
        </Empty>
      ) : (
        <ul class="lines" aria-label="Jobs">
          {shown.map((job) => (
            <Line key={job.id} job={job} again={asked.again} />
          ))}
        </ul>
      )}
      {next && <More load={load} />}
    </div>
  );
}

function Line({ job, again }: { job: Job; again: () => Promise<void> }) {
  const state = STATES[job.status] ?? { word: job.status, tone: "calm" as const };
  const act = async (what: "replay" | "discard") => {
    await changeJob(job.id, what);
    await again();
  };
  return (
    <li class="line tall">
      <State word={state.word} tone={state.tone} />
      <span class="what">
        <span>{KINDS[job.name] ?? job.name}</span>
        <small>
          {`#${job.id} · ${job.status === "ready" ? `due ${ago(job.due)}` : `tried ${job.attempts ?? 0} times`}`}
          {job.worker ? ` · ${job.worker}` : ""}
        </small>
        {job.error && <bdi class="error">{job.error}</bdi>}
        <details>
          <summary>What it was asked</summary>
          <pre tabIndex={0}>{JSON.stringify(job.arguments, null, 2)}</pre>
        </details>
      </span>
      {job.status === "held" && (
        <Button run={() => act("replay")} icon="retry">
          Run again
        </Button>
      )}
      {job.status !== "running" && <Button run={() => act("discard")} kind="quiet" icon="trash" label={`Discard job ${job.id}`} />}
    </li>
  );
}
