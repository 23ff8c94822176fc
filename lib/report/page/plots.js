// The plots of the page, and what each shows.

const MOST_POINTS = 4000;
const MOST_LAPS = 24;
const LAP_POINTS = 400;

// --- along the take

let timeZoom = null; // [from, to] in seconds, or the whole take

function timePlot() {
  return new Plot("plot-time", {
    title: "Over time",
    isTall: true,
    cursor: (index) => ({ x: columns.time[index] }),
    zoomed(change, plot) {
      const from = change["xaxis.range[0]"];
      const isNew = from !== undefined || change["xaxis.autorange"];
      if (!isNew) return;
      timeZoom = from === undefined ? null : [Number(from), Number(change["xaxis.range[1]"])];
      plot.refresh();
    },
    draw() {
      const take = takeAt(player.at);
      if (!take || take.end - take.first < 2) return "There are no pictures.";
      const line = (name, axis, shownColour, extra = {}) => {
        const at = decimated(...timeSpan(take), columns[name], 700);
        return {
          x: valuesAt("time", at), y: valuesAt(name, at), customdata: at, name: extra.label ?? name, yaxis: axis, mode: "lines",
          line: { color: colour(shownColour), width: 1.4, ...extra.line }, hovertemplate: `%{y:.2f}<extra>${extra.label ?? name}</extra>`,
        };
      };
      return {
        traces: [
          line("speed_mph", "y3", "other", { label: "mph" }),
          line("gas", "y2", "gas"),
          line("brake", "y2", "brake", { line: { dash: "dot", width: 2 } }),
          line("steer", "y", "steer", { label: "steering" }),
        ],
        layout: {
          xaxis: { ...titled("seconds of the take"), ...(timeZoom ? { range: timeZoom } : { autorange: true }), anchor: "y" },
          yaxis: { ...titled("steering °"), domain: [0, 0.36] },
          yaxis2: { ...titled("pedals"), domain: [0.4, 0.62], range: [-0.05, 1.05], fixedrange: true },
          yaxis3: { ...titled("mph"), domain: [0.66, 1] },
          showlegend: true,
        },
      };
    },
  });
}

function timeSpan(take) {
  if (!timeZoom) return [take.first, take.end];
  const place = (seconds) => {
    let low = take.first;
    let high = take.end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (columns.time[middle] < seconds) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return [Math.max(take.first, place(timeZoom[0]) - 1), Math.min(take.end, place(timeZoom[1]) + 1)];
}

// --- where on the track, and how near the limit

const MAP_COLOURS = {
  speed_mph: "speed in mph", brake: "brake", gas: "gas", steer: "steering in degrees", delta: "delta in seconds",
};

function colouring(name, at) {
  const values = valuesAt(name, at);
  const isSigned = name === "steer" || name === "delta";
  const most = isSigned ? Math.max(quantile(values.map(Math.abs), 0.98), 1e-6) : quantile(values, 0.995);
  return {
    color: values,
    colorscale: isSigned ? diverging() : sequential(),
    cmin: isSigned ? -most : quantile(values, 0.005),
    cmax: Math.max(most, 1e-6),
    colorbar: { thickness: 10, len: 0.9, outlinewidth: 0, title: { text: MAP_COLOURS[name], side: "right" } },
  };
}

function mapPlot() {
  return new Plot("plot-map", {
    title: "Track map",
    isTall: true,
    choices: { colour: MAP_COLOURS },
    cursor: (index) => (Number.isFinite(columns.x[index]) ? { x: columns.x[index], y: columns.z[index] } : null),
    draw({ colour: name }) {
      const take = takeAt(player.at);
      const at = take ? thinned(take.first, take.end, MOST_POINTS).filter((one) => Number.isFinite(columns.x[one])) : [];
      if (!at.length) return "This take has no positions: an older tool recorded it.";
      return {
        traces: [{
          x: valuesAt("x", at), y: valuesAt("z", at), customdata: at, mode: "markers",
          marker: { size: 5, ...colouring(name, at) }, hovertemplate: `%{marker.color:.2f}<extra>${MAP_COLOURS[name]}</extra>`,
        }],
        layout: {
          xaxis: { visible: false },
          yaxis: { visible: false, scaleanchor: "x", autorange: "reversed" },
          margin: { l: 8, r: 8, t: 8, b: 8 },
        },
      };
    },
  });
}

function circlePlot() {
  return new Plot("plot-circle", {
    title: "Traction circle",
    isTall: true,
    cursor: (index) => ({ x: columns.acc_lateral[index], y: columns.acc_longitudinal[index] }),
    draw() {
      const take = takeAt(player.at);
      if (!take) return "There are no pictures.";
      const at = thinned(take.first, take.end, MOST_POINTS);
      const reach = 1.15 * Math.max(0.5, ...["acc_lateral", "acc_longitudinal"].map((name) => quantile(valuesAt(name, at).map(Math.abs), 0.95) || 0));
      const rings = [0.5, 1, 1.5, 2, 3, 4].filter((g) => g <= reach * 1.3).map((g) => ({
        type: "circle", x0: -g, x1: g, y0: -g, y1: g, layer: "below", line: { color: colour("line"), width: 1, dash: "dot" },
      }));
      return {
        traces: [{
          x: valuesAt("acc_lateral", at), y: valuesAt("acc_longitudinal", at), customdata: at, mode: "markers",
          marker: { size: 4, opacity: 0.7, ...colouring("speed_mph", at) },
          hovertemplate: "%{x:.2f} G sideways, %{y:.2f} G along<extra></extra>",
        }],
        layout: {
          xaxis: { ...titled("G sideways"), range: [-reach, reach] },
          yaxis: { ...titled("G along (braking below)"), range: [-reach, reach], scaleanchor: "x" },
          shapes: rings,
        },
      };
    },
  });
}

// --- over the lap

// The pictures of a lap as a line over its position, broken where the position jumps.
function lapLine(lap, name) {
  const [first, last] = lapPictures[lap];
  const x = [];
  const y = [];
  const customdata = [];
  let before = null;
  for (const at of thinned(first, last + 1, LAP_POINTS)) {
    const position = columns.position[at];
    if (before !== null && Math.abs(position - before) > 0.5) {
      x.push(null);
      y.push(null);
      customdata.push(null);
    }
    before = position;
    x.push(100 * position);
    y.push(columns[name][at]);
    customdata.push(at);
  }
  return { x, y, customdata };
}

function lapsBeside(lap) {
  const track = told.takes[told.laps[lap].take].track;
  const same = told.laps.flatMap((one, at) => (lapPictures[at] && told.takes[one.take].track === track ? [at] : []));
  const every = Math.max(1, Math.ceil(same.length / MOST_LAPS));
  return same.filter((at, place) => at !== lap && place % every === 0);
}

function lapPlot(id, title, name, label) {
  return new Plot(id, {
    title,
    cursor: (index) => ({ x: 100 * columns.position[index] }),
    draw() {
      const lap = lapAt(player.at);
      if (lap < 0 || !lapPictures[lap]) return "The picture belongs to no lap.";
      const thin = lapsBeside(lap).map((one) => ({
        ...lapLine(one, name), mode: "lines", line: { color: colour("quiet"), width: 1 }, opacity: 0.45,
        hovertemplate: `%{y:.1f}<extra>${told.laps[one].name}</extra>`,
      }));
      const bold = {
        ...lapLine(lap, name), mode: "lines", line: { color: colour("accent"), width: 2.6 },
        hovertemplate: `%{y:.1f}<extra>${told.laps[lap].name}</extra>`,
      };
      return { traces: [...thin, bold], layout: { xaxis: { ...titled("% of the lap"), range: [0, 100] }, yaxis: titled(label) } };
    },
  });
}

// Lap time over position, only where the position goes up.
function lapClock(lap) {
  const [first, last] = lapPictures[lap];
  const position = [];
  const time = [];
  for (let at = first; at <= last; at++) {
    const isOn = !position.length || columns.position[at] > position[position.length - 1];
    const isJump = position.length && columns.position[at] - position[position.length - 1] > 0.5;
    if (!isOn || isJump || !Number.isFinite(columns.lap_time[at])) continue;
    position.push(columns.position[at]);
    time.push(columns.lap_time[at]);
  }
  return { position, time };
}

function between(xs, ys, x) {
  let low = 0;
  let high = xs.length - 1;
  if (high < 1 || x < xs[0] || x > xs[high]) return NaN;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  return ys[low] + ((ys[high] - ys[low]) * (x - xs[low])) / (xs[high] - xs[low]);
}

// How much later the second lap is than the first, at each place of the track.
function lapDelta(reference, other) {
  const a = lapClock(reference);
  const b = lapClock(other);
  const x = Array.from({ length: LAP_POINTS + 1 }, (_, at) => at / LAP_POINTS);
  const y = x.map((place) => between(b.position, b.time, place) - between(a.position, a.time, place));
  return { x: x.map((place) => 100 * place), y: y.map((value) => (Number.isFinite(value) ? value : null)) };
}

function versusPlot() {
  const laps = told.laps.map((lap, at) => ({ ...lap, at })).filter(({ at }) => lapPictures[at]);
  laps.sort((a, b) => (a.time ?? Infinity) - (b.time ?? Infinity) || b.seconds - a.seconds);
  const options = Object.fromEntries(laps.map((lap) => [`lap ${lap.at}`, `${lap.name} · ${lap.time ? lapTime(lap.time) : lap.kind}`]));
  const reversed = laps.length > 1 ? { [`lap ${laps[1].at}`]: options[`lap ${laps[1].at}`], ...options } : options;
  const lapOf = (value) => Number(value.slice(4));
  return new Plot("plot-versus", {
    title: "Lap against lap",
    isTall: true,
    choices: laps.length > 1 ? { reference: options, "beside it": reversed } : {},
    cursor: (index) => ({ x: 100 * columns.position[index] }),
    draw(chosen) {
      if (laps.length < 2) return "This takes two laps.";
      const first = lapOf(chosen.reference);
      const second = lapOf(chosen["beside it"]);
      const names = [told.laps[first].name, told.laps[second].name];
      const line = (lap, name, axis, isSecond) => ({
        ...lapLine(lap, name), yaxis: axis, mode: "lines", name: names[isSecond ? 1 : 0], showlegend: name === "speed_mph",
        line: { color: colour(isSecond ? "brake" : "accent"), width: 2, dash: isSecond ? "dot" : "solid" },
        hovertemplate: `%{y:.1f}<extra>${names[isSecond ? 1 : 0]}</extra>`,
      });
      const delta = {
        ...lapDelta(first, second), yaxis: "y", mode: "lines", fill: "tozeroy", showlegend: false,
        line: { color: colour("other"), width: 2 }, hovertemplate: `%{y:+.3f} s<extra>${names[1]} behind</extra>`,
      };
      return {
        traces: [line(first, "speed_mph", "y3", false), line(second, "speed_mph", "y3", true),
          line(first, "steer", "y2", false), line(second, "steer", "y2", true), delta],
        layout: {
          xaxis: { ...titled("% of the lap"), range: [0, 100], anchor: "y" },
          yaxis: { ...titled("delta s"), domain: [0, 0.28] },
          yaxis2: { ...titled("steering °"), domain: [0.34, 0.64] },
          yaxis3: { ...titled("mph"), domain: [0.7, 1] },
          showlegend: true,
        },
      };
    },
  });
}

// --- how the values are spread

function sharePlot(id, title, name, label, bins) {
  return new Plot(id, {
    title,
    cursor: (index) => ({ x: columns[name][index] }),
    draw() {
      if (!pictureCount) return "There are no pictures.";
      const kept = columns[name].filter((_, index) => !isDiscarded(index));
      const { low, high, count } = bins(kept);
      const shares = histogram(kept, low, high, count);
      if (!shares.total) return "Every picture is discarded.";
      return {
        traces: [{
          type: "bar", x: shares.centres, y: shares.shares, width: shares.width * 0.94, marker: { color: colour("accent") },
          hovertemplate: "%{x:.1f}: %{y:.1f} %<extra></extra>",
        }],
        layout: { xaxis: titled(label), yaxis: titled("% of the pictures") },
      };
    },
  });
}

function steerBins(values) {
  const most = Math.max(10, Math.ceil(Math.max(Math.abs(quantile(values, 0.002)), Math.abs(quantile(values, 0.998))) / 10) * 10);
  return { low: -most, high: most, count: 61 };
}

const speedBins = (values) => ({ low: 0, high: Math.max(10, Math.ceil((quantile(values, 0.999) || 10) / 10) * 10), count: 40 });

function gearBins(values) {
  const low = Math.min(0, quantile(values, 0));
  const high = Math.max(1, quantile(values, 0.99999));
  return { low: low - 0.5, high: high + 0.5, count: high - low + 1 };
}

// --- how pictures and ticks came together

function spreadPlot(id, title, label, values, reason) {
  return new Plot(id, {
    title,
    draw() {
      const all = values();
      const low = Math.floor(Math.min(0, quantile(all, 0.001)));
      const high = Math.ceil(quantile(all, 0.998) * 1.1);
      if (!Number.isFinite(high) || high <= low) return reason;
      const shares = histogram(all, low, high, 80);
      return {
        traces: [{
          type: "bar", x: shares.centres, y: shares.shares, width: shares.width, marker: { color: colour("accent") },
          hovertemplate: "%{x:.1f} ms: %{y:.1f} %<extra></extra>",
        }],
        layout: { xaxis: titled(label), yaxis: titled("% of the pictures") },
      };
    },
  });
}

function intervals() {
  const found = new Float32Array(Math.max(0, pictureCount - told.takes.length));
  let count = 0;
  for (const take of told.takes) {
    for (let at = take.first + 1; at < take.end; at++) found[count++] = (columns.time[at] - columns.time[at - 1]) * 1000;
  }
  return found.subarray(0, count);
}

function answerPlot() {
  return new Plot("plot-answer", {
    title: "From steering to lateral G",
    draw() {
      const take = takeAt(player.at);
      const lag = take?.steeringLag;
      if (!lag) return "This take is too short, or nothing was steered in it.";
      const shapes = lag.best_ms === null ? [] : [{
        type: "line", x0: lag.best_ms, x1: lag.best_ms, yref: "paper", y0: 0, y1: 1, line: { color: colour("brake"), width: 2, dash: "dot" },
      }];
      const words = lag.best_ms === null ? "no clear answer" : `${lag.best_ms} ms, r = ${signed(lag.best, 2)}`;
      return {
        traces: [{ x: lag.lags_ms, y: lag.correlation, mode: "lines", line: { color: colour("accent"), width: 2 }, hovertemplate: "%{x} ms: %{y:.2f}<extra></extra>" }],
        layout: {
          xaxis: titled("milliseconds by which the acceleration comes later"),
          yaxis: { ...titled("correlation"), range: [-1.05, 1.05] },
          shapes,
          annotations: [{ text: words, x: 0.98, y: 0.04, xref: "paper", yref: "paper", xanchor: "right", yanchor: "bottom", showarrow: false }],
        },
      };
    },
  });
}

const LEAK_LABELS = { steer: "steering", speed_mph: "speed", tick: "time" };

function leaksPlot() {
  return new Plot("plot-leaks", {
    title: "What in the picture tells the label",
    choices: told.leaks?.length ? { label: Object.fromEntries(told.leaks.map((leak, at) => [`leak ${at}`, LEAK_LABELS[leak.label] ?? leak.label])) } : {},
    draw({ label }) {
      if (!told.leaks?.length) return told.leaks ? "There are too few pictures to tell." : "Not looked for: make the page with --leaks.";
      const leak = told.leaks[Number(label.slice(5))];
      return {
        traces: [{
          type: "heatmap", z: leak.r2, zmin: 0, zmax: 1, colorscale: sequential(), xgap: 1, ygap: 1,
          colorbar: { thickness: 10, outlinewidth: 0, title: { text: "R²", side: "right" } },
          hovertemplate: "cell %{x}, %{y}: R² %{z:.2f}<extra></extra>",
        }],
        layout: { xaxis: { visible: false }, yaxis: { visible: false, autorange: "reversed", scaleanchor: "x" }, margin: { l: 8, r: 8, t: 8, b: 8 } },
      };
    },
  });
}

function makePlots() {
  const ofTake = [timePlot(), mapPlot(), circlePlot(), answerPlot()];
  const ofLap = [
    lapPlot("plot-steer-lap", "Steering over the lap", "steer", "degrees"),
    lapPlot("plot-speed-lap", "Speed over the lap", "speed_mph", "mph"),
  ];
  versusPlot();
  sharePlot("plot-steer-share", "Steering", "steer", "degrees", steerBins);
  sharePlot("plot-speed-share", "Speed", "speed_mph", "mph", speedBins);
  sharePlot("plot-gear-share", "Gear", "gear", "gear (−1 reverse, 0 neutral)", gearBins);
  spreadPlot("plot-lag", "From tick to grab", "milliseconds", () => columns.lag, "Nothing says when these pictures were grabbed.");
  spreadPlot("plot-interval", "Between pictures", "milliseconds", intervals, "There are too few pictures.");
  leaksPlot();
  return { ofTake, ofLap };
}
