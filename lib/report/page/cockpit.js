// What the driver does at the shown picture: wheel, pedals, gear, speed, G.

const SVG = "http://www.w3.org/2000/svg";
const G_SHOWN = 2.5;

function drawn(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

class Cockpit {
  constructor(place) {
    this.rim = this.wheel();
    this.ball = drawn("circle", { r: 5, fill: "var(--accent)", stroke: "var(--card)", "stroke-width": 2 });
    this.texts = Object.fromEntries(["steer", "speed", "mph", "gear", "g", "lap", "delta"].map((name) => [name, make("span")]));
    this.bars = {};
    place.append(
      make("div", {}, this.wheelPicture(), make("div", { class: "unit", style: "text-align:center" }, "steering ", this.texts.steer)),
      make("div", { class: "row" }, this.gear(), this.speed()),
      make("div", { class: "row" }, this.pedals(), this.gPicture()),
      make("div", { class: "unit" }, this.texts.lap),
      make("div", { class: "unit" }, this.texts.g),
      make("div", { class: "unit" }, "delta ", this.texts.delta),
    );
  }

  wheel() {
    const line = { stroke: "var(--ink)", "stroke-width": 7, "stroke-linecap": "round" };
    return drawn(
      "g", {},
      drawn("circle", { r: 42, fill: "none", stroke: "var(--ink)", "stroke-width": 9 }),
      drawn("line", { x1: -38, y1: 4, x2: 38, y2: 4, ...line }),
      drawn("line", { x1: 0, y1: 4, x2: 0, y2: 38, ...line }),
      drawn("circle", { r: 10, cy: 4, fill: "var(--ink)" }),
      drawn("rect", { x: -5, y: -48, width: 10, height: 12, rx: 2, fill: "var(--brake)" }),
    );
  }

  wheelPicture() {
    return drawn("svg", { viewBox: "-52 -52 104 104", class: "wheel", "aria-hidden": "true" }, this.rim);
  }

  gear() {
    return make("div", { class: "gear" }, make("div", { class: "big" }, this.texts.gear), make("div", { class: "unit" }, "gear"));
  }

  speed() {
    const mph = make("div", { class: "unit" }, "km/h · ", this.texts.mph, " mph");
    return make("div", {}, make("div", { class: "big" }, this.texts.speed), mph);
  }

  pedals() {
    const one = (name) => {
      this.bars[name] = make("i");
      return make("div", { class: "pedal" }, make("div", { class: name }, this.bars[name]), name);
    };
    return make("div", { class: "pedals" }, one("clutch"), one("brake"), one("gas"));
  }

  gPicture() {
    const ring = (g) => drawn("circle", { r: (45 * g) / G_SHOWN, fill: "none", stroke: "var(--line)", "stroke-width": 1 });
    const axis = { stroke: "var(--line)", "stroke-width": 1 };
    return drawn(
      "svg", { viewBox: "-50 -50 100 100", class: "g", "aria-hidden": "true" },
      ring(1), ring(2), ring(G_SHOWN),
      drawn("line", { x1: -45, x2: 45, y1: 0, y2: 0, ...axis }), drawn("line", { x1: 0, x2: 0, y1: -45, y2: 45, ...axis }),
      this.ball,
    );
  }

  show(index) {
    const value = (name) => columns[name][index];
    this.rim.setAttribute("transform", `rotate(${Number.isFinite(value("steer")) ? value("steer") : 0} 0 0)`);
    this.texts.steer.textContent = `${signed(value("steer"), 1)}°`;
    this.texts.gear.textContent = gearName(value("gear"));
    this.texts.speed.textContent = fixed(kmhOf(value("speed_mph")), 0);
    this.texts.mph.textContent = fixed(value("speed_mph"), 0);
    this.texts.g.textContent = `G ${signed(value("acc_lateral"), 2)} sideways, ${signed(value("acc_longitudinal"), 2)} along`;
    this.texts.delta.textContent = `${signed(value("delta"), 2)} s`;
    this.texts.lap.textContent = this.lapWords(index);
    for (const [name, bar] of Object.entries(this.bars)) {
      bar.style.transform = `scaleY(${Math.max(0, Math.min(1, value(name))) || 0})`;
    }
    const along = (g) => Math.max(-48, Math.min(48, (45 * g) / G_SHOWN)) || 0;
    this.ball.setAttribute("cx", along(value("acc_lateral")));
    this.ball.setAttribute("cy", -along(value("acc_longitudinal")));
  }

  lapWords(index) {
    const lap = lapAt(index);
    const name = lap < 0 ? "no lap" : `lap ${told.laps[lap].name}`;
    return `${name} · ${lapTime(columns.lap_time[index])}${columns.lap_valid[index] ? "" : " · cut"}`;
  }
}
