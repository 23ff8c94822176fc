// Puts the parts together: buttons, keys, the theme, and who follows whom.

const player = new Player();
const timeline = new Timeline(byId("timeline"));
const cockpit = new Cockpit(byId("cockpit"));
const pictures = new Pictures(showPicture, showNoPicture);
let isScreenSeen = true;

// --- the picture

function showPicture(image, index) {
  if (isScreenSeen) paint(byId("picture"), image, image.width, image.height);
  else paint(byId("mini-picture"), image, 320, Math.round((320 * image.height) / image.width));
  byId("picture-note").hidden = true;
  byId("picture").setAttribute("aria-label", `Picture ${pictureName(index)}`);
}

function paint(canvas, image, width, height) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  canvas.getContext("2d").drawImage(image, 0, 0, width, height);
}

function showNoPicture(index) {
  const note = byId("picture-note");
  note.textContent = `${pictureName(index)} can't be shown: it is missing or not whole.`;
  note.hidden = false;
}

function showState(index) {
  const name = pictureName(index);
  byId("picture-name").textContent = name;
  const proof = pairedBy(index);
  const words = [proof === null ? "unproven" : isProven(index) ? "proven" : proof];
  if (isDiscarded(index)) words.unshift(`discarded: ${whyDiscarded(index)}`);
  byId("picture-state").textContent = words.join(" · ");
  byId("mini-words").textContent = `${name} · ${fixed(columns.speed_mph[index], 0)} mph`;
}

// --- what follows the cursor

let shownTake = null;
let shownLap = null;
let lapTimer = 0;

function followCursor(index) {
  pictures.want(index);
  if (player.isPlaying) pictures.ahead([1, 2, 3, 4].map((step) => Math.min(pictureCount - 1, index + step)));
  cockpit.show(index);
  showState(index);
  followTake(index);
  timeline.moveTo(index);
  const scrub = byId("scrub");
  scrub.value = index;
  scrub.setAttribute("aria-valuetext", `${pictureName(index)}, ${fixed(columns.time[index], 2)} seconds`);
  byId("clock").textContent = `${fixed(columns.time[index], 2)} s of ${fixed(columns.time[takeAt(index).end - 1], 2)} s`;
  Plot.moveAll(index);
}

function followTake(index) {
  const take = takeAt(index);
  if (take !== shownTake) {
    shownTake = take;
    timeZoom = null;
    timeline.take = take;
    timeline.at = index;
    Object.assign(byId("scrub"), { min: take.first, max: take.end - 1 });
    byId("take").value = String(told.takes.indexOf(take));
    fillLaps(take);
    clearMark();
    timeline.redraw();
    for (const plot of plots.ofTake) plot.refresh();
  }
  const lap = lapAt(index);
  if (lap === shownLap) return;
  shownLap = lap;
  byId("lap").value = String(lap);
  lapRows.forEach((row, at) => row.classList.toggle("now", at === lap));
  // A hand that scrubs over many laps doesn't wait for the plots of each.
  clearTimeout(lapTimer);
  lapTimer = setTimeout(() => plots.ofLap.forEach((plot) => plot.refresh()), 150);
}

function fillLaps(take) {
  const at = told.takes.indexOf(take);
  const options = told.laps.flatMap((lap, index) => (lap.take === at && lapPictures[index] ? [make("option", { value: index }, `${lap.name} · ${lap.time === null ? lap.kind : lapTime(lap.time)}${lap.valid ? "" : " · cut"}`)] : []));
  byId("lap").replaceChildren(make("option", { value: "-1" }, "–"), ...options);
}

// --- a stretch that the user marks

function setMark(side) {
  timeline.mark[side] = player.at;
  const [start, end] = timeline.mark;
  if (start !== null && end !== null && start > end) timeline.mark = [end, start];
  showMark();
  timeline.moveTo(player.at);
}

function showMark() {
  const [start, end] = timeline.mark;
  const isWhole = start !== null && end !== null;
  const isBegun = start !== null || end !== null;
  const command = byId("mark-command");
  byId("mark-words").textContent = isBegun ? "Now mark its other end." : "Mark a stretch to get the command that discards it.";
  byId("mark-words").hidden = isWhole;
  command.textContent = isWhole ? `${told.discard} ${shownTake.name}:${columns.frame[start]}-${columns.frame[end]}` : "";
  command.hidden = !isWhole;
  byId("mark-copy").hidden = !isWhole;
}

function copyMark() {
  const command = byId("mark-command").textContent;
  if (command) copy(command);
  else say("Mark a stretch first: I at its start, O at its end.");
}

function clearMark() {
  timeline.mark = [null, null];
  showMark();
}

// --- keys

const KEYS = {
  " ": ["Space", "play, pause", () => player.toggle()],
  ArrowLeft: ["←", "one picture back, with Shift ten", (event) => player.step(event.shiftKey ? -10 : -1)],
  ArrowRight: ["→", "one picture on, with Shift ten", (event) => player.step(event.shiftKey ? 10 : 1)],
  PageUp: ["Page up", "the lap before", () => stepLap(-1)],
  PageDown: ["Page down", "the next lap", () => stepLap(1)],
  Home: ["Home", "start of the take", () => player.goTo(shownTake.first)],
  End: ["End", "end of the take", () => player.goTo(shownTake.end - 1)],
  "+": ["+", "faster", () => changeSpeed(1)],
  "-": ["−", "slower", () => changeSpeed(-1)],
  i: ["I", "mark the start of a stretch", () => setMark(0)],
  o: ["O", "mark its end", () => setMark(1)],
  c: ["C", "copy the command that discards it", () => copyMark()],
  Escape: ["Esc", "forget the marks", () => clearMark()],
  "?": ["?", "these keys", () => byId("keys").showModal()],
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open || !pictureCount) return;
  const target = event.target;
  const isScrub = target.id === "scrub";
  const types = target.matches("select, textarea, input") && !isScrub;
  const presses = target.matches("button, a, summary") && [" ", "Enter"].includes(event.key);
  const scrolls = target.matches(".command, .scrolls") && event.key.startsWith("Arrow");
  const key = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (!key || types || presses || scrolls) return;
  event.preventDefault();
  key[2](event);
}

function stepLap(way) {
  const laps = told.laps.map((_, at) => at).filter((at) => lapPictures[at]);
  const now = laps.findIndex((at) => at === shownLap);
  const next = laps[Math.max(0, Math.min(laps.length - 1, now + way))];
  if (next !== undefined) player.goTo(lapPictures[next][0]);
}

function changeSpeed(way) {
  const select = byId("speed");
  select.selectedIndex = Math.max(0, Math.min(select.options.length - 1, select.selectedIndex + way));
  player.speed = Number(select.value);
  say(`Speed ${select.options[select.selectedIndex].textContent}`);
}

// --- light and dark

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
}

function repaint() {
  timeline.redraw();
  for (const plot of Plot.all) plot.refresh();
}

// --- start

function listen() {
  document.addEventListener("keydown", onKey);
  byId("scrub").addEventListener("input", (event) => player.goTo(Number(event.target.value)));
  byId("play").addEventListener("click", () => player.toggle());
  byId("back").addEventListener("click", () => player.step(-1));
  byId("forward").addEventListener("click", () => player.step(1));
  byId("speed").addEventListener("change", (event) => (player.speed = Number(event.target.value)));
  byId("take").addEventListener("change", (event) => player.goTo(told.takes[Number(event.target.value)].first));
  byId("lap").addEventListener("change", (event) => lapPictures[event.target.value] && player.goTo(lapPictures[event.target.value][0]));
  byId("skip-discarded").addEventListener("change", (event) => (player.skipsDiscarded = event.target.checked));
  byId("mark-in").addEventListener("click", () => setMark(0));
  byId("mark-out").addEventListener("click", () => setMark(1));
  byId("mark-copy").addEventListener("click", copyMark);
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("theme").addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    repaint();
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  document.addEventListener("DOMContentLoaded", () => Plot.wake());
  player.changed = () => {
    byId("play").textContent = player.isPlaying ? "❚❚" : "▶";
    byId("play").setAttribute("aria-label", player.isPlaying ? "Pause" : "Play");
  };
}

function watchScreen() {
  const observer = new IntersectionObserver(([entry]) => {
    isScreenSeen = entry.isIntersecting;
    byId("mini").hidden = isScreenSeen || !pictureCount;
    if (pictureCount) pictures.want(player.at);
  });
  observer.observe(byId("picture"));
}

function goToAndShow(index) {
  player.goTo(index);
  byId("player").scrollIntoView({ block: "start" });
  byId("play").focus({ preventScroll: true });
}

showSummary();
showWords();
const lapRows = showLaps(goToAndShow);
showFindings(pictures, goToAndShow);
showTakes(goToAndShow);
const plots = makePlots();
byId("key-list").append(...Object.values(KEYS).flatMap(([key, what]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, what)]));
byId("take").append(...told.takes.map((take, at) => make("option", { value: at, disabled: take.end === take.first }, `${take.name} · ${plural(take.rows, "picture")}`)));
listen();
watchScreen();
showMark();
if (pictureCount) {
  player.follow(followCursor);
  player.goTo(0);
} else {
  byId("player").hidden = true;
  byId("summary").after(make("p", { class: "note" }, "There are no pictures with rows in this folder."));
}

// For those who look at the page from its console.
window.synclogger = { told, columns, player, pictures, timeline, plots: Plot.all, lapDelta };
// From here on the player answers; the plots follow.
requestAnimationFrame(() => setTimeout(() => (window.synclogger.usableMs = performance.now())));
