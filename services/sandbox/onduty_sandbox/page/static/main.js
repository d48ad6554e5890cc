/** The page: what the sandbox tells goes into the world, what changes there is drawn. */

import { Announcer } from "./drawing/announcer.js";
import { byId, setText } from "./drawing/dom.js";
import { soon } from "./drawing/frame.js";
import { followTabs } from "./drawing/tabs.js";
import { Phones } from "./phones/phones.js";
import { Calls } from "./trouble/calls.js";
import { Plot } from "./trouble/plot.js";
import { Strip } from "./trouble/strip.js";
import { followOpener } from "./trouble/opener.js";
import { Trouble } from "./trouble/trouble.js";
import { ask } from "./world/api.js";
import { follow } from "./world/stream.js";
import { World } from "./world/world.js";

const PLOT_EVERY_MS = 500;

const world = new World();
const calls = new Calls();
const plot = new Plot(world, calls);
const trouble = new Trouble(world, plot);
const strip = new Strip(world, calls);
const phones = new Phones(world, new Announcer());

world.heard = (kind, fields) => {
  if (kind === "calls") {
    calls.add(fields.calls);
    soon(() => strip.show());
  } else if (["limits", "faults", "strangers", "latency"].includes(kind)) {
    soon(() => trouble.show());
  } else if (kind === "commands") {
    refreshBots();
  } else {
    phones.heard(kind, fields);
  }
};

followTabs(() => plot.show());
followOpener(() => soon(() => plot.show()));

async function refreshBots() {
  world.bots = await ask("GET", "control/bots");
  world.bot = world.bots[0];
  phones.showHeads();
}

setInterval(() => {
  soon(() => plot.show());
  soon(() => strip.show());
}, PLOT_EVERY_MS);
follow(world, {
  loaded(everything) {
    calls.load(everything.calls);
    phones.load();
    trouble.show();
  },
  line(text) {
    setText(byId("line"), text);
    byId("line").dataset.live = String(text === "Live");
  },
});

// What others add to this page (--parts); an empty module where nobody does.
const { join } = await import("/parts/main.js");
join?.({ phones });
