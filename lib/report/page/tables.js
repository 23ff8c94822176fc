// Takes, laps and findings as tables, and the few words that sum them up.

const MOST_LAP_ROWS = 1000;
const MOST_TAKES = 200;
const MOST_FINDINGS = 300;
const NEAR_STRAIGHT = told.nearStraight;

function tag(words, kind, title) {
  return make("span", { class: `tag ${kind}`, title }, words);
}

function countWhere(test, first = 0, end = pictureCount) {
  let count = 0;
  for (let at = first; at < end; at++) if (test(at)) count += 1;
  return count;
}

function showSummary() {
  const seconds = told.takes.reduce((sum, take) => sum + (take.end > take.first ? columns.time[take.end - 1] : 0), 0);
  const complete = told.laps.filter((lap) => lap.time !== null);
  const valid = complete.filter((lap) => lap.valid);
  const best = Math.min(...valid.map((lap) => lap.time));
  const facts = [
    [whole(told.takes.reduce((sum, take) => sum + take.rows, 0)), "pictures"],
    [whole(told.takes.length), told.takes.length === 1 ? "take" : "takes"],
    [`${valid.length} of ${told.laps.length}`, "whole valid laps"],
    [duration(seconds), "of driving"],
    [Number.isFinite(best) ? lapTime(best) : "–", "best valid lap"],
    [percent(countWhere(isProven) / pictureCount), "proven pairs"],
    [whole(countWhere(isDiscarded) * told.every), "discarded"],
    [whole(told.findings.length), "findings"],
  ];
  byId("summary").append(...facts.map(([value, what]) => make("li", {}, make("b", {}, value), make("span", {}, what))));
  byId("title").textContent = `Recordings in ${told.title}`;
  document.title = `${told.title} · SyncLogger`;
  const what = [...new Set(told.takes.map((take) => [take.car, take.track].filter(Boolean).join(" on ")).filter(Boolean))];
  byId("subtitle").textContent = what.slice(0, 4).join(", ") + (what.length > 4 ? " and others" : "");
  byId("made").textContent = `Made ${told.made}. Pictures are ${told.embedded ? "small copies inside this page" : "shown where they are: keep this page beside them"}.`;
  if (told.every > 1) byId("summary").after(make("p", { class: "note" }, `Every ${told.every}th picture is shown: all are too many for one page.`));
}

// --- laps

function showLaps(goTo) {
  const heads = ["Lap", "Kind", "Valid", "Time", "Pictures", "Discarded", "Top speed", ""];
  const body = make("tbody");
  const fastest = told.laps.reduce((best, lap, at) => (lap.valid && lap.time !== null && (best < 0 || lap.time < told.laps[best].time) ? at : best), -1);
  const rows = told.laps.slice(0, MOST_LAP_ROWS).map((lap, at) => lapRow(lap, at, at === fastest, goTo));
  body.append(...rows);
  const isNumber = (name) => ["Time", "Pictures", "Discarded", "Top speed"].includes(name);
  const head = make("tr", {}, ...heads.map((name) => make("th", { scope: "col", class: isNumber(name) ? "number" : "" }, name)));
  const table = byId("lap-table");
  if (!told.laps.length) table.append(make("p", { class: "note" }, "There are no laps."));
  else table.append(make("table", {}, make("thead", {}, head), body));
  if (told.laps.length > MOST_LAP_ROWS) table.append(make("p", { class: "note" }, `${told.laps.length - MOST_LAP_ROWS} more laps are not listed.`));
  return rows;
}

function lapRow(lap, at, isFastest, goTo) {
  const pictures = lapPictures[at];
  const [first, last] = pictures ?? [0, -1];
  let top = 0;
  for (let index = first; index <= last; index++) top = Math.max(top, columns.speed_mph[index] || 0);
  const number = (text) => make("td", { class: "number" }, text);
  return make(
    "tr", {},
    make("td", {}, lap.name, isFastest ? " " : null, isFastest ? tag("fastest", "good") : null),
    make("td", { title: lap.meaning }, lap.kind),
    make("td", {}, lap.valid ? tag("valid", "good") : tag("cut", "cut", "the car left the track in it")),
    number(lap.time === null ? `(${duration(lap.seconds)})` : lapTime(lap.time)),
    number(whole((last - first + 1) * told.every)),
    number(whole(countWhere(isDiscarded, first, last + 1) * told.every)),
    number(pictures ? `${fixed(top, 0)} mph` : "–"),
    make("td", {}, make("button", { type: "button", disabled: !pictures, onclick: () => goTo(first), "aria-label": `Watch lap ${lap.name}` }, "▶ watch")),
  );
}

// --- balance and sync, in words

function showWords() {
  const kept = countWhere((at) => !isDiscarded(at));
  const straight = countWhere((at) => !isDiscarded(at) && Math.abs(columns.steer[at]) <= NEAR_STRAIGHT) / kept;
  const standing = countWhere((at) => !isDiscarded(at) && columns.speed_mph[at] < 1) / kept;
  const braking = countWhere((at) => !isDiscarded(at) && columns.brake[at] > 0.05) / kept;
  byId("balance-words").textContent = kept
    ? `Near straight (at most ${NEAR_STRAIGHT}° either way): ${percent(straight)} of the pictures. Braking: ${percent(braking)}. Standing: ${percent(standing)}. ` +
      (straight > 0.7 ? "A network that learns from this as it is will drive straight: choose fewer of those." : "")
    : "Every picture is discarded.";
  const counts = told.pairedBy.map(({ word, meaning }, at) => [word, meaning, countWhere((index) => columns.paired[index] === at)]);
  const silent = countWhere((at) => columns.paired[at] === told.noWord);
  const parts = counts.filter(([, , count]) => count).map(([word, meaning, count]) => `${percent(count / pictureCount)} ${word} (${meaning})`);
  if (silent) parts.push(`${percent(silent / pictureCount)} of which nothing says how they were paired`);
  byId("sync-words").textContent = `How pictures came to their ticks: ${parts.join("; ") || "there are none"}.`;
}

// --- findings

function showFindings(pictures, goTo) {
  const place = byId("finding-list");
  for (const remark of told.remarks) place.append(make("p", { class: "note" }, remark));
  if (told.findingsWords) place.append(make("p", { class: "quiet" }, told.findingsWords));
  if (!told.findings.length) place.append(make("p", { class: "quiet" }, "Nothing was found."));
  place.append(...told.findings.slice(0, MOST_FINDINGS).map((finding) => findingCard(finding, pictures, goTo)));
  const more = told.findings.length - MOST_FINDINGS;
  if (more > 0) place.append(make("p", { class: "note" }, `${more} more: see the output of check.`));
}

function findingCard(finding, pictures, goTo) {
  const take = told.takes.find((one) => one.name === finding.take && one.end > one.first);
  const index = take && finding.first ? pictureOfFrame(take, finding.first) : -1;
  const frames = finding.first ? `, frame ${finding.first}${finding.last > finding.first ? ` to ${finding.last}` : ""}` : "";
  const where = finding.take ? `Take ${finding.take}${frames}` : "The folder";
  const words = make(
    "div", {},
    make("h3", {}, tag(finding.severity, finding.severity), ` ${where}`),
    make("p", {}, finding.what), finding.toDo ? make("p", { class: "quiet" }, finding.toDo) : null,
    finding.discard ? commandRow(finding.discard) : null,
  );
  if (index < 0) return make("article", { class: "finding card bare" }, words);
  return make("article", { class: "finding card" }, preview(index, where, pictures, goTo), words);
}

function preview(index, where, pictures, goTo) {
  const image = make("img", { src: pictures.addressOf(index), alt: "", loading: "lazy", decoding: "async", width: 150, height: 84 });
  image.addEventListener("error", () => image.replaceWith("no picture"));
  return make("button", { type: "button", class: "preview", "aria-label": `Show ${where}`, onclick: () => goTo(index) }, image);
}

function commandRow(command) {
  return make(
    "div", { class: "row" },
    make("code", { class: "command", tabindex: "0" }, command),
    make("button", { type: "button", class: "copy", "aria-label": `Copy: ${command}`, onclick: () => copy(command) }, "Copy"),
  );
}

// --- takes

const PROOF_COLOURS = { proven: "gas", bridged: "warn", unproven: "bad" };

function showTakes(goTo) {
  const place = byId("take-list");
  place.append(...told.takes.slice(0, MOST_TAKES).map((take) => takeCard(take, goTo)));
  if (!told.takes.length) place.append(make("p", { class: "note" }, "There are no takes in this folder."));
  if (told.takes.length > MOST_TAKES) place.append(make("p", { class: "note" }, `${told.takes.length - MOST_TAKES} more takes are not listed.`));
}

function takeCard(take, goTo) {
  const proven = countWhere(isProven, take.first, take.end);
  const count = take.end - take.first;
  const facts = [
    ["pictures", `${whole(take.rows)}, ${percent(proven / count)} proven, ${whole(countWhere(isDiscarded, take.first, take.end) * told.every)} discarded`],
    ["recorded", [take.started.replace("T", " ").slice(0, 19), count ? duration(columns.time[take.end - 1]) : ""].filter(Boolean).join(", ") || "nothing says when"],
    ["ended", `${take.ended.word}: ${take.ended.meaning}`],
    ["size", take.sizes.join(", ") || "–"],
    ...take.facts,
    ...take.problems.map(([what, often]) => ["problem", `${what} (${often}×)`]),
  ];
  const list = make("dl", {}, ...facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
  return make(
    "article", { class: "take card" },
    make("h3", {}, `Take ${take.name} `, make("button", { type: "button", disabled: !count, onclick: () => goTo(take.first) }, "▶ watch")),
    proofBar(take.proof), list, outcomes(take.outcomes),
  );
}

function proofBar(proof) {
  const all = proof.reduce((sum, one) => sum + one.count, 0);
  if (!all) return null;
  const words = proof.map((one) => `${percent(one.count / all)} ${one.word}`).join(", ");
  return make(
    "div", { class: "share", role: "img", "aria-label": words, title: words },
    ...proof.map((one) => make("i", { style: `width:${(100 * one.count) / all}%;background:var(--${PROOF_COLOURS[one.word] ?? "clutch"})` })),
  );
}

function outcomes(list) {
  if (!list.length) return make("p", { class: "quiet" }, "Nothing says what became of the ticks without a picture.");
  const all = list.reduce((sum, one) => sum + one.count, 0);
  const row = (one) => make("tr", {}, make("td", { class: "number" }, whole(one.count)), make("td", { class: "number" }, percent(one.count / all)), make("td", {}, one.word), make("td", { style: "white-space:normal" }, one.meaning));
  return make(
    "details", {},
    make("summary", {}, `What became of its ${plural(all, "tick")}`),
    make("div", { class: "scrolls" }, make("table", {}, make("tbody", {}, ...list.map(row)))),
  );
}
