// The frame around every page: navigation, the cloud, the state of the line to the server, and the sign-in over it.
import { useEffect, useState } from "preact/hooks";
import { hearing } from "./api/events";
import { PAGES, pageAt, type Page } from "./pages";
import { place, ROOT } from "./router";
import { change, session, signOut } from "./session/session";
import { SignIn } from "./session/sign-in";
import { useStore } from "./store";
import { theme, turnTheme } from "./theme";
import { queue } from "./upload/queue";
import { Dialog } from "./ui/dialog";
import { Icon, Mark } from "./ui/icons";
import { Button, Empty } from "./ui/parts";
import { Toasts } from "./ui/toasts";

const FIRST = 3; // what a phone shows at the bottom; the rest is behind More

export function Frame() {
  const { path } = useStore(place);
  const { state, signed_in, cloud } = useStore(session);
  const found = pageAt(path);
  const title = found?.page.title ?? "Not found";
  useEffect(() => {
    document.title = `${title} · Tagsight`;
  }, [title]);
  if (state === "asking") return null;
  if (state === "unreachable" && !signed_in) return <Away />;
  if (!signed_in && state !== "ended") return <SignIn />;
  const Shown = found?.page.show;
  return (
    <div class="frame">
      <a class="skip" href="#content">
        Skip to the page
      </a>
      <Side path={path} />
      <main id="content" tabIndex={-1} key={cloud}>
        {Shown ? (
          <Shown key={found.page.path + found.part} part={found.part} />
        ) : (
          <Empty icon="search" title="There is no such page">
            <a href={ROOT}>Go to the first page</a>
          </Empty>
        )}
      </main>
      <Bottom path={path} />
      <Toasts />
      {state === "ended" && <SignIn over />}
    </div>
  );
}

function Away() {
  return (
    <main class="alone">
      <Empty icon="warn" title="The server does not answer">
        <p>Trying again by itself. Is it running?</p>
      </Empty>
    </main>
  );
}

function Side({ path }: { path: string }) {
  return (
    <nav class="side" aria-label="Pages">
      <a class="brand" href={ROOT}>
        <Mark />
        <span>Tagsight</span>
      </a>
      <Links pages={PAGES.filter((page) => page.group === "see")} path={path} />
      <span class="rule" />
      <Links pages={PAGES.filter((page) => page.group === "run")} path={path} />
      <a class="link" href="/docs" target="_blank" rel="noopener">
        <Icon name="docs" />
        <span>API docs</span>
      </a>
      <Account />
    </nav>
  );
}

function Links({ pages, path, done }: { pages: Page[]; path: string; done?: () => void }) {
  const items = useStore(queue);
  const running = items.filter((item) => ["waiting", "sending", "looking"].includes(item.state)).length;
  return (
    <>
      {pages.map((page) => (
        <a
          key={page.path}
          class="link"
          href={ROOT + page.path}
          aria-current={here(page, path) ? "page" : undefined}
          onClick={() => done?.()}
        >
          <Icon name={page.icon} />
          <span>{page.title}</span>
          {page.path === "" && running > 0 && <em aria-label={`${running} running`}>{running}</em>}
        </a>
      ))}
    </>
  );
}

function here(page: Page, path: string): boolean {
  return ROOT + page.path === path || (page.path === "/library" && path.startsWith(`${ROOT}/asset/`));
}

function Account() {
  const { cloud, clouds, demo, version } = useStore(session);
  const line = useStore(hearing);
  const chosen = useStore(theme);
  return (
    <div class="account">
      {line === "lost" && (
        <p class="line" role="status">
          <Icon name="warn" size={16} /> Reconnecting to the server…
        </p>
      )}
      {clouds.length > 1 ? (
        <label class="cloud">
          <span>Cloud</span>
          <select value={cloud ?? ""} onChange={(event) => void change(event.currentTarget.value)}>
            {clouds.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      ) : (
        <p class="cloud">
          <span>Cloud</span>
          <bdi>{cloud}</bdi>
        </p>
      )}
      <div class="tools">
        <Button
          run={turnTheme}
          kind="quiet"
          icon={chosen === "auto" ? "auto" : chosen === "dark" ? "moon" : "sun"}
          label={`Colours: ${chosen === "auto" ? "as the system" : chosen}`}
        />
        {!demo && <Button run={signOut} kind="quiet" icon="out" label="Sign out" />}
        <small>
          {demo ? "demo · " : ""}
          {version}
        </small>
      </div>
    </div>
  );
}

function Bottom({ path }: { path: string }) {
  const [open, setOpen] = useState(false);
  const shown = PAGES.filter((page) => page.group !== "hidden");
  return (
    <nav class="bottom" aria-label="Pages">
      <Links pages={shown.slice(0, FIRST)} path={path} />
      <button type="button" class="link" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Icon name="more" />
        <span>More</span>
      </button>
      {open && (
        <Dialog title="More" close={() => setOpen(false)}>
          <div class="more">
            <Links pages={shown.slice(FIRST)} path={path} done={() => setOpen(false)} />
            <a class="link" href="/docs" target="_blank" rel="noopener">
              <Icon name="docs" />
              <span>API docs</span>
            </a>
          </div>
          <Account />
        </Dialog>
      )}
    </nav>
  );
}
