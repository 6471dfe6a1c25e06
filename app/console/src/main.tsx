// The console begins here: theme, session, page.
import { render } from "preact";
import "./styles/ground.css";
import "./styles/parts.css";
import "./styles/fields.css";
import "./styles/overlays.css";
import "./styles/frame.css";
import "./styles/cards.css";
import "./styles/drop.css";
import "./styles/asset.css";
import "./styles/timeline.css";
import "./styles/rows.css";
import "./styles/look.css";
import "./styles/finder.css";
import "./styles/library.css";
import "./styles/models.css";
import "./styles/oversight.css";
import "./api/events";
import "./api/installed";
import { Frame } from "./frame";
import { ask } from "./session/session";
import { applyTheme } from "./theme";

applyTheme();
void ask();
const page = document.getElementById("page");
if (page) render(<Frame />, page);
