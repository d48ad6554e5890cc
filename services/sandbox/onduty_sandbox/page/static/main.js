/** The page: what the sandbox tells goes into the world, what changes there is drawn. */

import { Announcer } from "./announcer.js";
import { ask } from "./api.js";
import { Calls } from "./calls.js";
import { Customers } from "./customers.js";
import { Desk } from "./desk.js";
import { byId, setText } from "./dom.js";
import { soon } from "./frame.js";
import { Phones } from "./phones.js";
import { Plot } from "./plot.js";
import { follow } from "./stream.js";
import { Strip } from "./strip.js";
import { Trouble } from "./trouble.js";
import { World } from "./world.js";

const PLOT_EVERY_MS = 500;

const world = new World();
const desk = new Desk();
const calls = new Calls();
const plot = new Plot(world, calls);
const strip = new Strip(world, desk, calls);
const trouble = new Trouble(world, desk, plot);
const customers = new Customers(desk);
const phones = new Phones(world, desk, new Announcer());

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

desk.heard = () => {
  customers.show();
  strip.show();
  trouble.show();
  soon(() => phones.showHeads());
  byId("phrase").hidden = desk.phrase === null;
  setText(byId("copy-phrase"), desk.phrase ?? "");
};

byId("copy-phrase").addEventListener("click", async () => {
  await navigator.clipboard.writeText(desk.phrase);
  setText(byId("copy-phrase"), "Copied");
  setTimeout(() => setText(byId("copy-phrase"), desk.phrase), 1200);
});

for (const tab of document.querySelectorAll("[data-shows]")) {
  tab.addEventListener("click", () => {
    document.body.dataset.tab = tab.dataset.shows;
    for (const other of document.querySelectorAll("[data-shows]")) {
      other.setAttribute("aria-current", String(other === tab));
    }
    plot.show();
  });
}

async function refreshBots() {
  world.bots = await ask("GET", "control/bots");
  world.bot = world.bots[0];
}

setInterval(() => {
  soon(() => plot.show());
  soon(() => strip.show());
}, PLOT_EVERY_MS);
desk.follow();
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
