// What all plots have in common: a title, choices, being drawn only when seen, and the page's one cursor in them.

class Plot {
  // `about`: title, help, choices {name: {value: label}}, isTall,
  // draw(choices) → {traces, layout} or a text that says why there is nothing,
  // cursor(index, choices) → {x} for a line, {x, y} for a dot, or null.
  constructor(id, about) {
    this.about = about;
    this.place = byId(id);
    this.chosen = {};
    this.isSeen = false;
    this.isDrawn = false;
    this.isLate = true; // what it shows is out of date
    this.build();
    Plot.all.push(this);
    Plot.observer.observe(this.place);
  }

  build() {
    const { title, help, choices = {}, isTall } = this.about;
    this.place.classList.toggle("tall", Boolean(isTall));
    this.place.setAttribute("aria-label", title);
    const selects = Object.entries(choices).map(([name, options]) => this.select(name, options));
    this.graph = make("div", { style: "width:100%;height:100%" });
    this.empty = make("p", { class: "empty", hidden: true });
    this.mark = make("div", { class: "cursor line", hidden: true });
    const head = make("div", { class: "plot-head" }, make("h3", {}, title), make("div", {}, ...selects));
    if (help) head.append(make("p", { class: "quiet" }, help));
    this.place.append(head, make("div", { class: "plot-body" }, this.graph, this.empty, this.mark));
  }

  select(name, options) {
    const entries = Object.entries(options);
    this.chosen[name] = entries[0][0];
    const select = make("select", { "aria-label": `${this.about.title}: ${name}` }, ...entries.map(([value, label]) => make("option", { value }, label)));
    select.addEventListener("change", () => {
      this.chosen[name] = select.value;
      this.refresh();
    });
    return select;
  }

  // Draw anew, now or when it comes into sight.
  refresh() {
    this.isLate = true;
    if (this.isSeen) Plot.wake();
  }

  draw() {
    this.isLate = false;
    const drawn = this.about.draw(this.chosen);
    const isEmpty = typeof drawn === "string";
    this.empty.hidden = !isEmpty;
    this.graph.hidden = isEmpty;
    if (isEmpty) {
      this.empty.textContent = drawn;
      this.mark.hidden = true;
      return;
    }
    Plotly.react(this.graph, drawn.traces, plotLayout(drawn.layout), PLOT_CONFIG);
    if (!this.isDrawn) this.listen();
    this.isDrawn = true;
    this.moveTo(player.at);
  }

  listen() {
    this.graph.on("plotly_click", ({ points }) => {
      const index = points[0]?.customdata;
      if (Number.isInteger(index)) player.goTo(index);
    });
    this.graph.on("plotly_afterplot", () => this.moveTo(player.at));
    if (this.about.zoomed) this.graph.on("plotly_relayout", (change) => this.about.zoomed(change, this));
  }

  // The cursor is an element over the plot: moving it costs nothing, drawing the plot anew would.
  moveTo(index) {
    if (!this.isDrawn || !this.isSeen || this.graph.hidden) return;
    const at = this.about.cursor?.(index, this.chosen);
    const place = at ? this.pixelsOf(at) : null;
    this.mark.hidden = !place;
    if (!place) return;
    this.mark.className = `cursor ${"y" in at ? "dot" : "line"}`;
    Object.assign(this.mark.style, place);
  }

  pixelsOf({ x, y }) {
    const { xaxis, yaxis, _size: size } = this.graph._fullLayout;
    const left = xaxis.l2p(xaxis.d2l(x));
    if (!(left >= -1 && left <= xaxis._length + 1)) return null;
    const across = xaxis._offset + left;
    if (y === undefined) return { transform: `translate(${across}px, ${size.t}px)`, height: `${size.h}px` };
    const top = yaxis.l2p(yaxis.d2l(y));
    const isInside = top >= -1 && top <= yaxis._length + 1;
    return isInside ? { transform: `translate(${across}px, ${yaxis._offset + top}px)`, height: "" } : null;
  }

  static moveAll(index) {
    for (const plot of Plot.all) plot.moveTo(index);
  }

  // One plot a turn, so that the page answers between them.
  static wake() {
    if (Plot.isAwake || typeof Plotly === "undefined") return;
    Plot.isAwake = true;
    setTimeout(() => {
      Plot.isAwake = false;
      const late = Plot.all.find((plot) => plot.isSeen && plot.isLate);
      if (!late) return;
      late.draw();
      Plot.wake();
    });
  }
}
Plot.all = [];
Plot.isAwake = false;
Plot.observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const plot = Plot.all.find((one) => one.place === entry.target);
      plot.isSeen = entry.isIntersecting;
      if (plot.isSeen) plot.moveTo(player.at);
    }
    Plot.wake();
  },
  { rootMargin: "200px" },
);

const PLOT_CONFIG = {
  displaylogo: false,
  displayModeBar: "hover",
  responsive: true,
  modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
};

// From little to much and from one side to the other, in colours that differ in lightness too.
function sequential() {
  return isDark() ? [[0, "#3f66a8"], [0.5, "#8d9a86"], [1, "#ffe94a"]] : [[0, "#00306f"], [0.5, "#7b7b78"], [1, "#e8c800"]];
}

function diverging() {
  return [[0, colour("steer")], [0.5, colour("grid")], [1, colour("brake")]];
}

function plotLayout(layout) {
  const axis = { gridcolor: colour("grid"), zerolinecolor: colour("line"), linecolor: colour("line"), automargin: true };
  const axes = Object.keys(layout).filter((name) => /^[xy]axis/.test(name));
  const base = {
    margin: { l: 48, r: 14, t: 8, b: 40 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("ink"), size: 12, family: "system-ui, sans-serif" },
    hoverlabel: { bgcolor: colour("card"), bordercolor: colour("line"), font: { color: colour("ink") } },
    hovermode: "closest",
    dragmode: window.matchMedia("(pointer: coarse)").matches ? false : "zoom",
    showlegend: false,
    legend: { orientation: "h", y: 1.02, yanchor: "bottom" },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("quiet"), activecolor: colour("accent") },
    bargap: 0.05,
  };
  return { ...base, ...layout, ...Object.fromEntries(axes.map((name) => [name, { ...axis, ...layout[name] }])) };
}

const titled = (text) => ({ title: { text } });

// At most so many of the indexes, evenly spread.
function thinned(first, end, most) {
  const every = Math.max(1, Math.ceil((end - first) / most));
  const kept = [];
  for (let at = first; at < end; at += every) kept.push(at);
  return kept;
}

const valuesAt = (name, indexes) => indexes.map((at) => columns[name][at]);

// So many equal bins between two values; what lies outside is in the outermost.
function histogram(values, low, high, bins) {
  const counts = new Array(bins).fill(0);
  let total = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    counts[Math.max(0, Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins)))] += 1;
    total += 1;
  }
  const width = (high - low) / bins;
  return { centres: counts.map((_, at) => low + (at + 0.5) * width), shares: counts.map((count) => (100 * count) / (total || 1)), width, total };
}

// The value below which this share of them lies; of many, a part is looked at.
function quantile(values, share) {
  const every = Math.max(1, Math.floor(values.length / 20000));
  const sorted = [];
  for (let at = 0; at < values.length; at += every) if (Number.isFinite(values[at])) sorted.push(values[at]);
  sorted.sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : NaN;
}
